"""Words in pictures of pages: each page is drawn by PDFium and read by Tesseract, where that is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from math import sqrt

from pypdfium2 import PdfDocument, PdfiumError

from adapters.extraction.language import language_of
from adapters.extraction.limits import Limits

_INSTALLED_AS = {"it": "ita", "en": "eng", "fr": "fra", "de": "deu", "es": "spa", "pt": "por"}
_SCALE = 300 / 72
_PIXELS = 30_000_000
"""Of one picture: A4 at 300 dots per inch has nine million."""
_AT_ONCE = 2


class Recogniser:
    """Tesseract, with the languages that are installed."""

    def __init__(self, program: str, languages: Sequence[str], limits: Limits) -> None:
        self._program = program
        self._languages = languages
        self._limits = limits

    def read(
        self, document: PdfDocument, pages: Sequence[int], *, default_language: str, before_page: Callable[[], None]
    ) -> dict[int, str]:
        """The text of these pages, read in the default language, or in that which the first turns out to be in.

        `before_page` is called before each page is drawn. Pages that cannot be drawn or read are left out.
        """
        parent = os.getppid()
        found: dict[int, str] = {}
        language = self._only(default_language) or self._languages[0]
        waiting: deque[tuple[int, Future[str]]] = deque()
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as threads:
            for order, index in enumerate(pages):
                if os.getppid() != parent:
                    sys.exit(1)  # nobody waits for it any more
                before_page()
                picture = _picture(document, index)
                if picture is not None:
                    waiting.append((index, threads.submit(self._recognise, picture, language)))
                while waiting and (order == 0 or len(waiting) >= _AT_ONCE):
                    done, future = waiting.popleft()
                    found[done] = future.result()
                if order == 0 and picture is not None:
                    better = self._only(language_of(found[index], default=default_language))
                    if better not in {None, language}:
                        language = str(better)
                        waiting.append((index, threads.submit(self._recognise, picture, language)))
            before_page()
            found.update({index: future.result() for index, future in waiting})
        return found

    def _only(self, language: str) -> str | None:
        name = _INSTALLED_AS.get(language)
        return name if name in self._languages else None

    def _recognise(self, picture: bytes, language: str) -> str:
        """By pipes: this process may write no files."""
        try:
            done = subprocess.run(  # noqa: S603  our own arguments
                [self._program, "stdin", "stdout", "-l", language, "--dpi", "300"],
                input=picture,
                capture_output=True,
                env=_environment(),
                timeout=self._limits.scanned_page_seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout.decode("utf-8", "replace").replace("\f", "") if done.returncode == 0 else ""


def recogniser(limits: Limits) -> Recogniser | None:
    """None when Tesseract is not on the PATH, or has no language that is read here."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    listed = subprocess.run(  # noqa: S603
        [program, "--list-langs"], capture_output=True, text=True, env=_environment(), timeout=20, check=False
    )
    installed = set((listed.stdout + listed.stderr).split())
    languages = [name for name in _INSTALLED_AS.values() if name in installed]
    return Recogniser(program, languages, limits) if languages else None


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "TESSDATA_PREFIX") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "OMP_THREAD_LIMIT": "1"}


def _picture(document: PdfDocument, index: int) -> bytes | None:
    """The page in shades of grey as PGM, which needs no library to write."""
    try:
        with closing(document[index]) as page:
            width, height = page.get_size()
            scale = min(_SCALE, sqrt(_PIXELS / max(1.0, width * height)))
            with closing(page.render(scale=scale, grayscale=True, may_draw_forms=False)) as bitmap:
                pixels = memoryview(bitmap.buffer).cast("B")
                rows = (pixels[at : at + bitmap.width] for at in range(0, bitmap.height * bitmap.stride, bitmap.stride))
                return b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + b"".join(rows)
    except PdfiumError:
        return None
