"""Answers without a model: the sentences of the passages that share most with the question, word for word.

It finds and quotes, and does not reason. Where no sentence fits, it says so in the language of the question.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from math import log

from adapters.lexical import analyse
from adapters.lexical.words import ELISIONS, STOP_WORDS
from application.chat.ports import ChatModel, ChatTask, Piece
from domain.accounts import Usage
from domain.library import sentence_spans
from domain.shared import Passage, estimate_tokens

MODEL = "offline"

_MOST_SENTENCES = 3
_LEAST_COVERED = 0.35
"""Share of the question's weight that a sentence, with what stands around it, must cover to be an answer."""
_LEAST_OF_BEST = 0.7
"""A further sentence is quoted when it scores at least this share of the best one."""
_AROUND = 0.5
"""A word of the question counts half where only the heading or an earlier sentence has it: a text names its subject
once, and then says "he"."""
_PER_RANK = 0.03
_LONGEST, _FEWEST_WORDS = 600, 4

_NOTE = re.compile(r"\s*\[\d{1,3}\]")
_WORD = re.compile(r"[^\W\d_]+")
_ASKED = re.compile(r"([^\W_]+)(['’]?)")
_NAME = re.compile(r"(?<=[\w,;:] |\w['’])[A-ZÀ-ÖØ-Þ]\w+")
_NOUNS_ARE_CAPITALISED = frozenset({"de"})
_ASKS_WHAT_IT_IS = re.compile(
    r"\s*(?:(?:che\s+)?cos(?:a|['’])\s*(?:è|sono|s['’]intende|significa)|what\s+(?:is|are)|was\s+(?:ist|sind)"
    r"|qu['’]est[- ]ce|qu[eé]\s+(?:es|son)|o\s+que\s+(?:é|são))\b",
    re.IGNORECASE,
)
_DEFINES = re.compile(r"([^,;:.]{1,60}?)\s(?:è|sono|is|are|ist|sind|est|es|son|é|são)\s", re.IGNORECASE)
_DEFINITION = 0.5
"""What a sentence that says what the thing is (`La tarsia è ...`) gains when that was the question."""
_PIECE = re.compile(r"\s*\S{1,8}")

_NO_ANSWER = {
    "it": "Le tue fonti non contengono la risposta a questa domanda.",
    "en": "Your sources do not hold the answer to this question.",
    "fr": "Tes sources ne contiennent pas la réponse à cette question.",
    "de": "Deine Quellen enthalten die Antwort auf diese Frage nicht.",
    "es": "Tus fuentes no contienen la respuesta a esta pregunta.",
    "pt": "As tuas fontes não contêm a resposta a esta pergunta.",
}


class OfflineChatModel(ChatModel):
    """Deterministic; never raises. Each sentence is verbatim but for line ends and note marks, followed by ` [n]`."""

    @property
    def name(self) -> str:
        return MODEL

    async def answer(self, task: ChatTask) -> AsyncGenerator[Piece, None]:
        # What is only quoted has no use for what was said before, nor for tools. In a thread: the event loop goes on
        # answering others while the words are counted.
        answer = await asyncio.to_thread(_answer, task.question, task.passages)
        for piece in _PIECE.findall(answer):
            yield piece
            await asyncio.sleep(0)
        read = estimate_tokens(task.question) + sum(estimate_tokens(passage.text) for passage in task.passages)
        yield Usage(tokens=read + estimate_tokens(answer), estimated=True)


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of the n-th passage; `stems` are its own, `around` those of its heading and of those before it."""

    marker: int
    text: str
    stems: frozenset[int]
    around: frozenset[int]


def _answer(question: str, passages: Sequence[Passage]) -> str:
    language = _language_of(question, default=passages[0].language if passages else "it")
    if not _speaks_of(passages, question, language):
        return _NO_ANSWER[language]
    telling = _telling_words(question, language)
    sentences = [sentence for marker, passage in enumerate(passages, 1) for sentence in _sentences(marker, passage)]
    asked = {passage.language: _stems(telling, passage.language) for passage in passages}
    ranked = _ranked(sentences, asked, passages, definition=_ASKS_WHAT_IT_IS.match(question) is not None)
    chosen = _distinct(ranked)
    return " ".join(f"{sentence.text} [{sentence.marker}]" for sentence in chosen) or _NO_ANSWER[language]


def _speaks_of(passages: Sequence[Passage], question: str, language: str) -> bool:
    """False when no passage has any name of the question: when Mazzini was born, a life of Garibaldi cannot tell."""
    if language in _NOUNS_ARE_CAPITALISED:
        return True
    names = " ".join(found.group() for found in _NAME.finditer(question))
    return not names or any(
        _stems(names, passage.language) & _stems(f"{passage.heading or ''}\n{passage.text}", passage.language)
        for passage in passages
    )


def _sentences(marker: int, passage: Passage) -> Iterator[_Sentence]:
    around = _stems(passage.heading or "", passage.language)
    for start, end in sentence_spans(passage.text, passage.language):
        text = " ".join(_NOTE.sub("", passage.text[start:end]).split())
        stems = _stems(text, passage.language)
        # A sentence that asks answers nothing; a very short one is a heading or was cut off at the edge of its chunk.
        if len(text) <= _LONGEST and not text.endswith("?") and len(_WORD.findall(text)) >= _FEWEST_WORDS:
            yield _Sentence(marker, text, stems, around)
        around |= stems


def _ranked(
    sentences: Sequence[_Sentence],
    asked: dict[str, frozenset[int]],
    passages: Sequence[Passage],
    *,
    definition: bool,
) -> list[_Sentence]:
    """Those that answer, best first: by the share of the question's weight that they cover. Rare words weigh more."""
    known = Counter(stem for sentence in sentences for stem in sentence.stems)
    scored: list[tuple[float, int, _Sentence]] = []
    for order, sentence in enumerate(sentences):
        language = passages[sentence.marker - 1].language
        terms = asked[language]
        weights = {stem: log(1 + len(sentences) / max(1, known[stem])) for stem in terms}
        own = sum(weight for stem, weight in weights.items() if stem in sentence.stems)
        near = sum(weight for stem, weight in weights.items() if stem in sentence.around - sentence.stems)
        covered = (own + _AROUND * near) / (sum(weights.values()) or 1.0)
        if own > 0 and covered >= _LEAST_COVERED:
            gain = _DEFINITION if definition and _defines(sentence.text, terms, language) else 0.0
            scored.append((covered + gain - _PER_RANK * (sentence.marker - 1), -order, sentence))
    scored.sort(key=lambda entry: entry[:2], reverse=True)
    best = scored[0][0] if scored else 0.0
    return [sentence for score, _, sentence in scored if score >= _LEAST_OF_BEST * best]


def _defines(sentence: str, terms: frozenset[int], language: str) -> bool:
    """Whether the sentence has the very thing that was asked about as its subject, before the verb to be."""
    found = _DEFINES.match(sentence)
    return found is not None and bool(terms) and terms <= _stems(found.group(1), language)


def _distinct(ranked: Sequence[_Sentence]) -> list[_Sentence]:
    """The first few that do not say the same again (chunks overlap)."""
    chosen: list[_Sentence] = []
    for sentence in ranked:
        if len(chosen) < _MOST_SENTENCES and not any(_alike(sentence.stems, other.stems) for other in chosen):
            chosen.append(sentence)
    return chosen


def _alike(some: frozenset[int], others: frozenset[int]) -> bool:
    return len(some & others) >= 0.8 * min(len(some), len(others))


def _stems(text: str, language: str) -> frozenset[int]:
    return frozenset(term.stem for term in analyse(text, language))


def _telling_words(question: str, language: str) -> str:
    """The question without the small words of its own language, which in another one may look like telling ones."""
    small, elided = _stop_words(language), ELISIONS.get(language, frozenset())
    found = ((word.lower(), apostrophe) for word, apostrophe in _ASKED.findall(question))
    return " ".join(word for word, apostrophe in found if word not in small and not (apostrophe and word in elided))


def _stop_words(language: str) -> frozenset[str]:
    return STOP_WORDS.get(language, frozenset())


def _language_of(question: str, *, default: str) -> str:
    """The language whose small words the question has most of; a question has few words, and most of them are small."""
    words = [word.lower() for word in _WORD.findall(question)]
    fallback = default if default in _NO_ANSWER else "it"
    return max(_NO_ANSWER, key=lambda one: (sum(word in _stop_words(one) for word in words), one == fallback))
