"""bm25s as one would set it up: its own BM25, with the Snowball stemmer and the stop words of the language.

Runs in an environment of its own (`environment.sh words`). Reads one JSON object ({"language", "documents",
"questions", "depth"}) and answers with one: for each question the places of the documents found, best first, and the
milliseconds.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

_SNOWBALL = {
    "it": "italian",
    "en": "english",
    "fr": "french",
    "de": "german",
    "es": "spanish",
    "pt": "portuguese",
}


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    import bm25s  # type: ignore[import-not-found]
    import Stemmer

    name = _SNOWBALL.get(asked["language"])
    chosen = {"stopwords": name, "stemmer": Stemmer.Stemmer(name) if name else None, "show_progress": False}
    ranking = bm25s.BM25()
    ranking.index(bm25s.tokenize(asked["documents"], **chosen), show_progress=False)
    depth = min(asked["depth"], len(asked["documents"]))
    found, times = [], []
    for question in asked["questions"]:
        began = time.perf_counter()
        words = bm25s.tokenize([question], **chosen)
        places, scores = ranking.retrieve(words, k=depth, show_progress=False)
        times.append(1000 * (time.perf_counter() - began))
        # It fills up to `depth` with documents that have no word of the question.
        found.append([int(place) for place, score in zip(places[0], scores[0], strict=True) if score > 0])
    return {"found": found, "times": times}


if __name__ == "__main__":
    json.dump(_answer(json.load(sys.stdin)), sys.stdout)
