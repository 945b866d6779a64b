"""Clerk's webhooks, made by hand in the shape of its specification, and signed as Svix signs them."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from svix.webhooks import Webhook

SECRET, OTHER_SECRET = (f"whsec_{base64.b64encode(letter * 24).decode()}" for letter in (b"k", b"z"))
CHANGED_AT = 1_767_225_600_000
"""Milliseconds since 1970."""


def a_clerk_user(subject: str, *, email: str | None = "anna@example.org", **changes: Any) -> dict[str, Any]:
    """The `data` of `user.created` and `user.updated`. A user without an address has no primary one either."""
    address_id = "idn_primary"
    user: dict[str, Any] = {
        "id": subject,
        "object": "user",
        "external_id": None,
        "username": "anna",
        "first_name": "Anna",
        "last_name": "Rossi",
        "image_url": "https://img.example.org/anna.png",
        "has_image": True,
        "primary_email_address_id": address_id if email else None,
        "primary_phone_number_id": None,
        "primary_web3_wallet_id": None,
        "password_enabled": True,
        "two_factor_enabled": False,
        "totp_enabled": False,
        "backup_code_enabled": False,
        "mfa_enabled_at": None,
        "mfa_disabled_at": None,
        "email_addresses": [an_address("idn_old", "vecchia@example.org")],
        "phone_numbers": [],
        "web3_wallets": [],
        "passkeys": [],
        "external_accounts": [],
        "saml_accounts": [],
        "enterprise_accounts": [],
        "public_metadata": {},
        "private_metadata": None,
        "unsafe_metadata": {},
        "last_sign_in_at": CHANGED_AT,
        "last_active_at": CHANGED_AT,
        "banned": False,
        "locked": False,
        "lockout_expires_in_seconds": None,
        "verification_attempts_remaining": 100,
        "created_at": CHANGED_AT,
        "updated_at": CHANGED_AT,
        "delete_self_enabled": True,
        "create_organization_enabled": False,
        "legal_accepted_at": None,
    }
    if email:
        user["email_addresses"].append(an_address(address_id, email))
    return {**user, **changes}


def an_address(id: str, address: str) -> dict[str, Any]:
    return {
        "id": id,
        "object": "email_address",
        "email_address": address,
        "reserved": False,
        "verification": None,
        "linked_to": [],
        "created_at": CHANGED_AT,
        "updated_at": CHANGED_AT,
    }


def a_deleted_user(subject: str) -> dict[str, Any]:
    """The `data` of `user.deleted`."""
    return {"id": subject, "object": "user", "deleted": True}


def an_event(type: str, data: dict[str, Any]) -> bytes:
    """The body of a webhook."""
    event = {
        "object": "event",
        "type": type,
        "timestamp": CHANGED_AT // 1_000,
        "instance_id": "ins_1",
        "event_attributes": {"http_request": {"client_ip": "192.0.2.1", "user_agent": "Mozilla/5.0"}},
        "data": data,
    }
    return json.dumps(event).encode()


def a_message_id() -> str:
    return f"msg_{uuid4().hex}"


def signed(body: bytes, *, id: str | None = None, secret: str = SECRET, age: float = 0) -> dict[str, str]:
    """The headers of a delivery that was sent `age` seconds ago."""
    id, at = id or a_message_id(), datetime.now(UTC) - timedelta(seconds=age)
    return {
        "svix-id": id,
        "svix-timestamp": str(int(at.timestamp())),
        "svix-signature": Webhook(secret).sign(id, at, body.decode()),
    }
