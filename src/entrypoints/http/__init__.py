"""The HTTP edge: the ASGI application around GraphQL, probes, request log, security headers."""
