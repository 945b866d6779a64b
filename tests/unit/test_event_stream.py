"""Server-sent events, cut anywhere; and calls of tools, in fragments of many kinds."""

from __future__ import annotations

import json
from itertools import pairwise, zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.openai_compatible.event_stream import EventReader, Garbled
from adapters.tool_call_pieces import CallPiece, CallsInPieces

WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=30)


def read(*received: bytes) -> list[str]:
    reader = EventReader()
    return [data for some in received for data in reader.feed(some)] + list(reader.end())


def cut(whole: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    return [whole[start:end] for start, end in pairwise(edges)]


class TestEvents:
    @given(
        st.lists(WORDS.filter(bool), max_size=5),
        st.sampled_from(["\n", "\r", "\r\n"]),
        st.lists(st.integers(min_value=0), max_size=20),
        st.sampled_from(["", ": alive{0}{0}", "event: message{0}", "id: 3{0}", "retry: 5{0}"]),
    )
    def test_they_are_the_same_wherever_they_are_cut(
        self, told: list[str], end: str, places: list[int], between: str
    ) -> None:
        whole = "".join(f"{between.format(end)}data: {data}{end}{end}" for data in told).encode()
        assert read(*cut(whole, places)) == told

    @given(st.binary(max_size=200), st.lists(st.integers(min_value=0), max_size=10))
    def test_bytes_of_any_kind_are_read_alike_wherever_they_are_cut(self, whole: bytes, places: list[int]) -> None:
        try:
            expected: list[str] | None = read(whole)
        except Garbled:
            expected = None
        try:
            found: list[str] | None = read(*cut(whole, places))
        except Garbled:
            found = None
        assert found == expected

    @pytest.mark.parametrize("place", range(23))
    def test_several_lines_of_data_are_one_event(self, place: int) -> None:
        assert read(b"data: a\ndata: b\n\n") == ["a\nb"]
        assert read(*cut(b"data: a\r\ndata: b\r\n\r\n", [place])) == ["a\nb"]

    def test_a_byte_order_mark_is_passed_over(self) -> None:
        assert read(b"\xef\xbb\xbfdata: a\n\n") == ["a"]

    def test_without_a_space_behind_the_colon(self) -> None:
        assert read(b"data:a\n\ndata:  b\n\n") == ["a", " b"]

    def test_the_last_event_counts_without_its_empty_line_but_not_without_its_end(self) -> None:
        assert read(b"data: a\n\ndata: b\n") == ["a", "b"]
        assert read(b"data: a\n\ndata: b") == ["a"]

    def test_a_line_of_error_is_an_event(self) -> None:
        assert [json.loads(data) for data in read(b'error: {"code": 500}\n\n')] == [{"error": '{"code": 500}'}]

    def test_a_line_without_end_is_refused(self) -> None:
        with pytest.raises(Garbled):
            read(*[b"data: " + b"x" * 100_000] * 12)


def put_together(*pieces: CallPiece) -> list[tuple[str, str, str]]:
    calls = CallsInPieces()
    for piece in pieces:
        calls.take(piece)
    return [(call.id, call.name, call.arguments) for call in calls.complete()]


class TestCalls:
    @given(st.lists(st.tuples(st.text(min_size=1, max_size=9), st.lists(st.text(max_size=5), max_size=4)), max_size=4))
    def test_fragments_belong_to_their_index_however_they_are_mixed(self, calls: list[tuple[str, list[str]]]) -> None:
        begun = [CallPiece(index=index, id=f"id{index}", name=name) for index, (name, _) in enumerate(calls)]
        fragments = [
            [CallPiece(index=index, arguments=part) for part in parts] for index, (_, parts) in enumerate(calls)
        ]
        # The first fragments of all calls, then the second ones, and so on.
        mixed = [piece for some in zip_longest(*fragments) for piece in some if piece is not None]
        assert put_together(*begun, *mixed) == [
            (f"id{index}", name, "".join(parts)) for index, (name, parts) in enumerate(calls)
        ]

    def test_id_and_name_may_be_repeated_with_each_fragment(self) -> None:
        pieces = [CallPiece(index=0, id="a", name="f", arguments=part) for part in ('{"q"', ": 1}")]
        assert put_together(*pieces) == [("a", "f", '{"q": 1}')]

    def test_a_name_may_be_repeated_without_an_id(self) -> None:
        pieces = [CallPiece(index=0, name="f", arguments=part) for part in ('{"q"', ": 1}")]
        ((_, name, arguments),) = put_together(*pieces)
        assert (name, arguments) == ("f", '{"q": 1}')

    def test_calls_of_one_number_are_told_apart_by_their_ids(self) -> None:
        pieces = [CallPiece(index=0, id=id, name="f", arguments="{}") for id in "ab"]
        assert [id for id, _, _ in put_together(*pieces)] == ["a", "b"]

    def test_calls_of_one_number_without_ids_are_told_apart_by_their_ends(self) -> None:
        pieces = [CallPiece(index=0, name="f", arguments=told) for told in ('{"q": 1}', '{"q": 2}')]
        assert [arguments for _, _, arguments in put_together(*pieces)] == ['{"q": 1}', '{"q": 2}']

    def test_without_numbers_a_name_begins_a_call(self) -> None:
        pieces = [
            CallPiece(id="a", name="f", arguments='{"q": '),
            CallPiece(arguments="1}"),
            CallPiece(id="b", name="g", arguments="{}"),
        ]
        assert put_together(*pieces) == [("a", "f", '{"q": 1}'), ("b", "g", "{}")]

    def test_each_has_an_id_of_its_own(self) -> None:
        calls = CallsInPieces()
        for index, id in enumerate(["", "", "a", "a"]):
            calls.take(CallPiece(index=index, id=id, name="f", arguments="{}"))
        ids = [call.id for call in calls.complete()]
        assert len(set(ids)) == 4
        assert all(ids)

    def test_nothing_comes_of_nothing(self) -> None:
        assert CallsInPieces().complete() == ()

    def test_a_fragment_of_nothing_known_is_a_call_without_a_name(self) -> None:
        assert [name for _, name, _ in put_together(CallPiece(arguments='{"q": 1}'))] == [""]
