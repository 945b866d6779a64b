"""The tables, one module a context. Their shape is made by `migrations/`; here they only have names and types."""

from __future__ import annotations

import importlib
import pkgutil

from sqlalchemy import MetaData

from adapters.postgres.tables.metadata import metadata


def all_tables() -> MetaData:
    """The tables of every context."""
    for module in pkgutil.iter_modules(__path__, prefix=f"{__name__}."):
        importlib.import_module(module.name)
    return metadata
