"""Where the evaluation data is, if anywhere. It is not part of the project: `STUDIOLO_SHARED` names its folder."""

from __future__ import annotations

import os
from pathlib import Path

SHARED = Path(os.environ.get("STUDIOLO_SHARED") or Path(__file__).resolve().parents[2] / "shared")


def development_set(name: str) -> Path | None:
    """A file of the development part; None when the data is not on this machine."""
    file = SHARED / "data" / "dev" / name
    return file if file.is_file() else None
