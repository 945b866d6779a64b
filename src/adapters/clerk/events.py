"""What Clerk's webhooks say, as far as it concerns us.

Source: Clerk's webhook events, version 2025-04-15 (an OpenAPI document): `type`, `data`, and in it a `User` or a
`DeletedObject`. Times in `data` are milliseconds since 1970.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from application.accounts import Delivery, DeliveryRefused, UnreadableEvent
from domain.accounts import Profile, UserDeleted, UserDescribed, UserEvent

_LONGEST_TYPE = 100
_LONGEST_SUBJECT = 255
_LONGEST_TEXT = 2_048


def read_delivery(id: str, body: bytes) -> Delivery:
    """A delivery from a body whose signature held. Errors: DeliveryRefused when it is not an event at all."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise DeliveryRefused("body") from error
    if not isinstance(document, dict) or not _is_text(document.get("type"), longest=_LONGEST_TYPE):
        raise DeliveryRefused("body")
    data = document.get("data")
    fields: Mapping[str, Any] = data if isinstance(data, dict) else {}
    kind: str = document["type"]
    event: UserEvent | UnreadableEvent | None
    try:
        event = _event(kind, fields)
    except UnreadableEvent as unreadable:
        event = unreadable
    subject = fields.get("id") if event is not None else None
    return Delivery(
        id=id,
        type=kind,
        subject=subject if _is_text(subject, longest=_LONGEST_SUBJECT) else None,
        event=event,
        payload=body,
    )


def _event(kind: str, data: Mapping[str, Any]) -> UserEvent | None:
    """Errors: UnreadableEvent."""
    match kind:
        case "user.created" | "user.updated":
            return UserDescribed(subject=_subject(data), profile=_profile(data))
        case "user.deleted":
            return UserDeleted(subject=_subject(data))
        case _:
            return None


def _subject(data: Mapping[str, Any]) -> str:
    subject = data.get("id")
    if not _is_text(subject, longest=_LONGEST_SUBJECT):
        raise UnreadableEvent("data.id is not a user's id")
    return str(subject)


def _profile(data: Mapping[str, Any]) -> Profile:
    return Profile(
        email=_primary_address(data),
        username=_text(data.get("username")),
        image_url=_text(data.get("image_url")),
        updated_at=_moment(data.get("updated_at")),
    )


def _primary_address(data: Mapping[str, Any]) -> str | None:
    """The address whose id is the primary one; a user may have none."""
    addresses, primary = data.get("email_addresses"), data.get("primary_email_address_id")
    if primary is None or not isinstance(addresses, list):
        return None
    found = (each.get("email_address") for each in addresses if isinstance(each, dict) and each.get("id") == primary)
    return _text(next(found, None))


def _moment(milliseconds: object) -> datetime:
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, int) or not 0 <= milliseconds < 2**37 * 1_000:
        raise UnreadableEvent("data.updated_at is not a time")
    return datetime.fromtimestamp(milliseconds / 1_000, UTC)


def _text(value: object) -> str | None:
    """The text where there is one that can be stored; a profile without it is still a profile."""
    return str(value) if _is_text(value, longest=_LONGEST_TEXT) else None


def _is_text(value: object, *, longest: int) -> bool:
    """Not empty, and of nothing but characters that show: NUL and lone surrogates do not."""
    return isinstance(value, str) and bool(value.strip()) and len(value) <= longest and value.isprintable()
