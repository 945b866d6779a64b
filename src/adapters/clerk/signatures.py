"""Clerk's webhooks: proved by their Svix signature over the body as it came, then read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from adapters.clerk.events import read_delivery
from application.accounts import Delivery, DeliveryReader, DeliveryRefused

if TYPE_CHECKING:
    from svix.webhooks import Webhook

_ID = re.compile(r"[\x21-\x7e]{1,255}")
_TIMESTAMP = re.compile(r"[0-9]{1,12}")
_LONGEST_SIGNATURES = 4_096


class SvixDeliveryReader(DeliveryReader):
    """Believes what one of the secrets signed within the last five minutes; during a rotation there are several."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._secrets = tuple(secrets)
        self._webhooks: tuple[Webhook, ...] = ()

    def read(self, *, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Errors: DeliveryRefused."""
        id, timestamp, signatures = (headers.get(f"svix-{name}", "") for name in ("id", "timestamp", "signature"))
        if not _ID.fullmatch(id) or not 0 < len(signatures) <= _LONGEST_SIGNATURES:
            raise DeliveryRefused("headers")
        if not _TIMESTAMP.fullmatch(timestamp):
            raise DeliveryRefused("timestamp")
        signed = {"svix-id": id, "svix-timestamp": timestamp, "svix-signature": signatures}
        if not any(_signed_by(webhook, signed, body) for webhook in self._verifiers()):
            raise DeliveryRefused("signature")
        return read_delivery(id, body)

    def _verifiers(self) -> Sequence[Webhook]:
        """One for each secret. The library is loaded when it is first needed: that takes half a second."""
        if not self._webhooks:
            from svix.webhooks import Webhook

            self._webhooks = tuple(Webhook(secret) for secret in self._secrets)
        return self._webhooks


def _signed_by(webhook: Webhook, headers: dict[str, str], body: bytes) -> bool:
    """Whether any of the signatures holds, and the timestamp is recent."""
    from svix.webhooks import WebhookVerificationError

    # One that is malformed hides those after it from the library, so each is tried alone.
    for signature in headers["svix-signature"].split():
        try:
            webhook.verify(body, {**headers, "svix-signature": signature})
        except (WebhookVerificationError, ValueError, TypeError):
            # ValueError is what base64, UTF-8 and a signature without a comma raise.
            continue
        return True
    return False
