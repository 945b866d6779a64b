"""Sign-in for development: a local key signs tokens for anybody, and the usual rules verify them."""

from adapters.development_issuer.issuer import ISSUER, DevelopmentIssuer

__all__ = ["ISSUER", "DevelopmentIssuer"]
