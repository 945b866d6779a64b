"""The page that a browser is shown at /graphql in development. Nothing on it comes from another host."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from starlette.responses import HTMLResponse


def page(nonce: str) -> HTMLResponse:
    """The page. `nonce` is fresh for each response: only the style and script that we wrote may run."""
    policy = (
        f"default-src 'none'; connect-src 'self'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    headers = {"content-security-policy": policy, "cache-control": "no-store"}
    return HTMLResponse(_template().replace("{{nonce}}", nonce), headers=headers)


@cache
def _template() -> str:
    return (Path(__file__).parent / "graphiql.html").read_text(encoding="utf-8")
