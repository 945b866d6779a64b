"""Settings as the environment of a child: what we resolved, it need not resolve again."""

from __future__ import annotations

import os

from entrypoints.settings import Settings


def environment_of(settings: Settings, *, direct_url: str | None = None) -> dict[str, str]:
    """Ours, with every setting that has a value written out. `direct_url` is for migrations only."""
    environment = dict(os.environ)
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        alias = str(field.alias)
        if value is None:
            environment.pop(alias, None)
        elif isinstance(value, tuple):
            environment[alias] = ",".join(value)
        else:
            environment[alias] = str(value)
    environment.pop("DIRECT_URL", None)
    if direct_url is not None:
        environment["DIRECT_URL"] = direct_url
    # Dramatiq waits this long between two looks at an idle queue, in milliseconds; its own default is a second.
    environment.setdefault("dramatiq_worker_timeout", "100")
    return environment
