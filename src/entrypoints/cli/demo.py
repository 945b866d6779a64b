"""`studiolo demo`: the whole study loop through GraphQL only, as a client of yours would do it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from entrypoints.cli import demo_operations as operations
from entrypoints.cli.client import StudioloClient

SAMPLE_QUESTION = "Che cos'è la tarsia?"
GAP = "____"


class StepFailed(Exception):
    """A step of the loop did not give what it should; the sentence says which and why."""


@dataclass(slots=True)
class Demonstration:
    """One walk through the loop. Each step prints what it got; StepFailed, OperationFailed end it."""

    client: StudioloClient
    console: Console

    async def __call__(self, filename: str, content: bytes, question: str | None) -> None:
        """Walk through it with this file; without a question, its title is asked about."""
        await self._greet()
        source = await self._add(filename, content)
        await self._read(source["id"])
        asked = question or source["title"]
        await self._search(asked, source["id"])
        await self._ask(asked, source["id"])
        exercises = await self._generate(source["id"])
        await self._answer(exercises, await self._text_of(source["id"]))
        await self._ledger()

    async def _greet(self) -> None:
        data = await self.client.run(operations.SERVICE)
        service = data["service"]
        self.console.print(
            f"[bold]Studiolo {service['version']}[/]  model: {service['languageModel']}  "
            f"embedder: {service['embedder']}  vectors: {service['vectorStore']}  "
            f"credits: {data['viewer']['credits']['available']}"
        )

    async def _add(self, filename: str, content: bytes) -> dict[str, Any]:
        self._step(1, f"Add a source: {filename}")
        data = await self.client.upload(
            operations.ADD_SOURCE,
            {"input": {"origin": {"file": None}}},
            at="variables.input.origin.file",
            filename=filename,
            content=content,
        )
        source: dict[str, Any] = data["addSource"]["source"]
        self._say(f"{escape(source['title'])}  [dim]{source['kind']}, {source['status'].lower()}[/]")
        return source

    async def _read(self, source_id: str) -> None:
        self._step(2, "Read it and embed it")
        last: dict[str, Any] = {}
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("chunks embedded"),
        )
        with Progress(*columns, console=self.console, transient=True, disable=not self.console.is_terminal) as bar:
            task = bar.add_task("  reading", total=None)
            async with aclosing(
                self.client.events(operations.SOURCE_PROGRESS, {"id": source_id}, "sourceProgress")
            ) as events:
                async for last in events:
                    bar.update(
                        task,
                        description=f"  {last['status'].lower()}",
                        total=last["chunkCount"] or None,
                        completed=last["embeddedChunkCount"],
                    )
        if last.get("status") != "READY":
            raise StepFailed(last.get("errorMessage") or "the source was not read")
        pages = f"{last['pageCount']} pages, " if last["pageCount"] else ""
        self._say(
            f"ready: {pages}{last['chunkCount']} chunks, {last['embeddedChunkCount']} embedded, "
            f"language {last['language']}"
        )

    async def _search(self, question: str, source_id: str) -> None:
        self._step(3, f"Search: {question}")
        variables = {"input": {"query": question, "limit": 3, "sourceIds": [source_id]}}
        found = (await self.client.run(operations.SEARCH, variables))["search"]
        if not found["hits"]:
            raise StepFailed("the search found nothing")
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2), expand=True)
        for title in ("score", "lexical", "cosine", "page"):
            table.add_column(title, justify="right", no_wrap=True, min_width=len(title))
        table.add_column("passage", overflow="ellipsis", no_wrap=True, ratio=1)
        for hit in found["hits"]:
            chunk = hit["chunk"]
            table.add_row(
                f"{hit['score']:.3f}",
                _figure(hit["lexicalScore"]),
                _figure(hit["similarity"]),
                str(chunk["page"] or ""),
                escape(" ".join(_around(chunk["content"], question).split())),
            )
        self.console.print(table)

    async def _ask(self, question: str, source_id: str) -> None:
        self._step(4, f"Ask: {question}")
        citations: list[dict[str, Any]] = []
        done: dict[str, Any] | None = None
        self.console.print("  ", end="")
        async with aclosing(
            self.client.events(operations.CHAT, {"input": {"message": question, "sourceIds": [source_id]}}, "chat")
        ) as events:
            async for event in events:
                match event["__typename"]:
                    case "TextDelta":
                        self.console.print(event["text"], end="", markup=False, highlight=False, soft_wrap=True)
                    case "CitationAdded":
                        citations.append(event["citation"])
                    case "TurnCompleted":
                        done = event
                    case "TurnFailed":
                        raise StepFailed(f"the answer failed: {event['message']}")
        self.console.print()
        if done is None or not citations:
            raise StepFailed("the answer cites nothing")
        for citation in citations:
            self._say(
                f"[cyan]\\[{citation['marker']}][/] page {citation['page']}, characters {citation['start']}-"
                f"{citation['end']}, {citation['verdict'].lower()}: [italic]{escape(_short(citation['quote']))}[/]"
            )
        self._say(f"[dim]{done['tokensUsed']} tokens, {done['creditsCharged']} credits, {done['balance']} left[/]")

    async def _generate(self, source_id: str) -> list[dict[str, Any]]:
        self._step(5, "Make five exercises")
        variables = {"input": {"count": 5, "difficulty": "INTERMEDIATE", "sourceIds": [source_id]}}
        made = (await self.client.run(operations.GENERATE, variables))["generateExercises"]
        exercises: list[dict[str, Any]] = made["exercises"]
        if not exercises:
            raise StepFailed("no exercise was made")
        for number, exercise in enumerate(exercises, start=1):
            focus = f", {exercise['grammarFocus']}" if exercise["grammarFocus"] else ""
            kind = exercise["kind"].replace("_", " ").lower()
            self._say(f"{number}. [dim]{kind}{focus}[/]")
            self._say(escape(exercise["question"]), indent=5)
            if exercise["options"]:
                self._say("   ".join(f"( ) {escape(option)}" for option in exercise["options"]), indent=5)
        if any(exercise["solution"] for exercise in exercises):
            raise StepFailed("a key left the server before an answer")
        rejected = sum(gate["count"] for gate in made["rejected"])
        self._say(f"[dim]{made['creditsCharged']} credits; {rejected} drafts failed a gate and cost nothing[/]")
        return exercises

    async def _answer(self, exercises: list[dict[str, Any]], text: str) -> None:
        """Answer like a student with the text at hand: one right, one with an accent left out, one wrong."""
        self._step(6, "Answer three of them")
        known = [(exercise, key) for exercise in exercises if (key := key_in(text, exercise))]
        slip = _with_an_accent(known) or await self._one_with_an_accent(text)
        others = [pair for pair in known if slip is None or pair[0] is not slip[0]]
        wrong = next((pair for pair in reversed(others) if pair[1] in (pair[0]["options"] or ())), None)
        right = next((pair for pair in others if pair is not wrong), None)
        if right:
            await self._expect(100, "right", *right)
        if slip:
            await self._expect(90, "accent left out", slip[0], _bare(slip[1]), fault="ACCENT")
        else:
            self._say("[dim]no exercise of this text has an accent whose loss makes no other word[/]")
        if wrong:
            distractor = next(option for option in wrong[0]["options"] if option != wrong[1])
            await self._expect(0, "wrong", wrong[0], distractor)
        else:
            spare = next(one for one in reversed(exercises) if right is None or one is not right[0])
            key = await self._expect(0, "wrong", spare, "non lo so")
            if right is None:
                await self._expect(100, "right, with the key now known", spare, key)

    async def _one_with_an_accent(self, text: str) -> tuple[dict[str, Any], str] | None:
        """Verb forms are where Italian accents are: ask for some."""
        variables = {"input": {"count": 20, "kinds": ["FILL_GAP"], "grammarFocus": "verbs-tense"}}
        made = (await self.client.run(operations.GENERATE, variables))["generateExercises"]["exercises"]
        return _with_an_accent([(exercise, key) for exercise in made if (key := key_in(text, exercise))])

    async def _expect(
        self, score: int, label: str, exercise: dict[str, Any], answer: str, *, fault: str | None = None
    ) -> str:
        """Answer, show the grade, and return the key that is told now. StepFailed when the grade is another."""
        variables = {"input": {"exerciseId": exercise["id"], "attemptId": str(uuid4()), "answer": answer}}
        graded = (await self.client.run(operations.SUBMIT, variables))["submitAnswer"]
        response: dict[str, Any] = graded["response"]
        solution = graded["exercise"]["solution"]
        colour = "green" if response["score"] == 100 else "yellow" if response["score"] else "red"
        faults = f" {', '.join(response['faults'])}" if response["faults"] else ""
        self._say(
            f"[bold]{label}[/]: {escape(answer)} -> [{colour}]{response['score']}/100{faults}[/]  "
            f"key: {escape(solution['key'])}"
        )
        self._say(escape(response["overallFeedback"]), indent=5)
        evidence = solution["evidence"]
        self._say(f"[dim]proof, page {evidence['page']}: {escape(_short(evidence['quote']))}[/]", indent=5)
        if response["score"] != score or (fault and response["faults"] != [fault]):
            raise StepFailed(f"{response['score']} for an answer that is worth {score}")
        key: str = solution["key"]
        return key

    async def _ledger(self) -> None:
        self._step(7, "The ledger of credits")
        viewer = (await self.client.run(operations.LEDGER))["viewer"]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
        table.add_column("operation")
        for title in ("cost", "tokens", "balance"):
            table.add_column(title, justify="right")
        entries = viewer["creditEntries"]["nodes"]
        for entry in reversed(entries):
            tokens = "" if entry["tokensUsed"] is None else str(entry["tokensUsed"])
            table.add_row(entry["operation"], str(entry["cost"]), tokens, str(entry["balanceAfter"]))
        self.console.print(table)
        balance = viewer["credits"]
        if balance["held"] or entries[0]["balanceAfter"] != balance["available"]:
            raise StepFailed("the ledger and the balance differ")

    async def _text_of(self, source_id: str) -> str:
        text, after = "", None
        while True:
            chunks = (await self.client.run(operations.CHUNKS, {"id": source_id, "after": after}))["node"]["chunks"]
            text += "\n".join(chunk["content"] for chunk in chunks["nodes"]) + "\n"
            if not chunks["pageInfo"]["hasNextPage"]:
                return text
            after = chunks["pageInfo"]["endCursor"]

    def _say(self, markup: str, *, indent: int = 2) -> None:
        """A paragraph, its further lines indented like its first."""
        self.console.print(Padding(markup, (0, 0, 0, indent), expand=False))

    def _step(self, number: int, title: str) -> None:
        self.console.print()
        self.console.print(f"[bold cyan]{number}.[/] [bold]{escape(title)}[/]", highlight=False)


def key_in(text: str, exercise: dict[str, Any]) -> str | None:
    """What stands in the source where the exercise has its gap, found by the words on both sides."""
    # The sentence is the last line; what is asked stands before it.
    before, gap, behind = exercise["question"].rsplit("\n", maxsplit=1)[-1].partition(GAP)
    if not gap:
        return None
    left, right = _words(before)[-3:], _words(behind)[:3]
    if len(left) + len(right) < 3:  # so few words stand in many places
        return None
    pattern = _loosely(left) + r"\s*(\S{1,25}?(?: \S{1,25})?)\s*" + (_loosely(right) if right else r"[.,;:!?]")
    found = re.findall(pattern, text)
    return found[0].strip(".,;:!? ") if len(set(found)) == 1 else None


def _with_an_accent(pairs: list[tuple[dict[str, Any], str]]) -> tuple[dict[str, Any], str] | None:
    """One whose key is a future (`vedrà`): without its accent that is no other word, as `passo` is of `passò`."""
    return next((pair for pair in pairs if pair[1].endswith(("rà", "rò")) and len(pair[1]) > 4), None)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+|\d+", re.sub(r"\([^)]*\)", " ", text))


def _loosely(words: Sequence[str]) -> str:
    return r"[\W_]+".join(re.escape(word) for word in words)


def _bare(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def _figure(number: float | None) -> str:
    return "" if number is None else f"{number:.2f}"


def _short(text: str, length: int = 90) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _around(content: str, question: str) -> str:
    """The passage from the sentence that holds the question's longest word."""
    longest = max(_words(question) or [""], key=len)
    at = content.casefold().find(longest.casefold()) if longest else -1
    start = max(content.rfind(". ", 0, at) + 1, content.rfind("\n", 0, at) + 1, 0) if at > 0 else 0
    return content[start:]
