"""An export as one ZIP file, written as it comes."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator
from contextlib import ExitStack, aclosing
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

if TYPE_CHECKING:
    from application.accounts import ExportPart


async def write_archive(path: Path, parts: AsyncGenerator[ExportPart, None]) -> int:
    """How many files are in it. Whole or not at all, and readable by its owner only. Errors: what `parts` raises."""
    partial = path.with_name(f".{path.name}.partial")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            files = await _zipped(ZipFile(file, "w", compression=ZIP_DEFLATED), parts)
        partial.rename(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return files


async def _zipped(archive: ZipFile, parts: AsyncGenerator[ExportPart, None]) -> int:
    files = 0
    # The entry is left before the archive, which cannot be closed while something is being written into it.
    with archive, ExitStack() as entries:
        entry, name = None, None
        async with aclosing(parts):
            async for part in parts:
                if entry is None or part.name != name:
                    entries.close()
                    entry = entries.enter_context(archive.open(part.name, "w", force_zip64=True))
                    name = part.name
                    files += 1
                entry.write(part.data)
    return files
