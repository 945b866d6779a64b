"""Clerk, the sign-in service: its session tokens, its keys, and the webhooks that tell of its users."""

from adapters.clerk.keys import ClerkKeys, KeysUnavailable
from adapters.clerk.signatures import SvixDeliveryReader
from adapters.clerk.verifier import ClerkTokenVerifier

__all__ = ["ClerkKeys", "ClerkTokenVerifier", "KeysUnavailable", "SvixDeliveryReader"]
