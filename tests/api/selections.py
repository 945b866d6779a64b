"""Selections made from the schema itself: everything that can be reached, or something at random."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
)


def everything(schema: GraphQLSchema, of: GraphQLOutputType, *, visits: int = 2, path: tuple[str, ...] = ()) -> str:
    """Every path from a type to a leaf, through every possible type; empty for a leaf.

    A path comes through one type at most `visits` times: at two, what a thing says of another of its kind is seen too.
    Answers are named after type and field, so that types which differ in a field stand beside each other.
    """
    if is_leaf_type(get_named_type(of)):
        return ""
    parts = []
    for kind in _possible(schema, of):
        if path.count(kind.name) < visits:
            further = (*path, kind.name)
            inside = [_whole(schema, kind, name, one, visits, further) for name, one in kind.fields.items()]
            parts.append(f"... on {kind.name} {{ __typename {' '.join(inside)} }}")
    return f"{{ __typename {' '.join(parts)} }}"


def _whole(
    schema: GraphQLSchema, kind: GraphQLObjectType, name: str, one: GraphQLField, visits: int, path: tuple[str, ...]
) -> str:
    assert not any(is_required_argument(argument) for argument in one.args.values()), f"{kind.name}.{name}"
    return f"{kind.name}_{name}: {name} {everything(schema, one.type, visits=visits, path=path)}"


def _possible(schema: GraphQLSchema, of: GraphQLOutputType) -> list[GraphQLObjectType]:
    named = get_named_type(of)
    if is_abstract_type(named):
        return list(schema.get_possible_types(named))
    assert isinstance(named, GraphQLObjectType), named
    return [named]


@dataclass
class Wanderer:
    """Documents at random: aliases, fragments named and inline, variables, skipped and included fields."""

    schema: GraphQLSchema
    chance: Random
    fragments: list[str] = field(default_factory=list)
    names: int = 0

    def document(self) -> str:
        """An operation with the variables `$id`, `$ids`, `$yes`, `$no` and `$first`."""
        self.fragments.clear()
        query = self.schema.query_type
        assert query is not None
        ways = self.chance.sample(["node(id: $id)", "nodes(ids: $ids)", "viewer"], self.chance.randint(1, 2))
        inside = " ".join(
            f"{self._alias()}{way} {self._selection(query.fields[way.partition('(')[0]].type, 6)}" for way in ways
        )
        use = "unused: __typename @skip(if: $no) more: __typename @include(if: $yes)"
        variables = "($id: ID!, $ids: [ID!]!, $yes: Boolean!, $no: Boolean!, $first: Int)"
        rest = "a: node(id: $id) { id } b: nodes(ids: $ids) { id } c: viewer { sources(first: $first) { totalCount } }"
        return f"query Wander{variables} {{ {inside} {use} {rest} }} {' '.join(self.fragments)}"

    def _selection(self, of: GraphQLOutputType, depth: int) -> str:
        if is_leaf_type(get_named_type(of)):
            return ""
        parts = ["__typename"]
        for kind in _possible(self.schema, of):
            chosen = self.chance.sample(sorted(kind.fields), self.chance.randint(1, min(5, len(kind.fields))))
            if kind.name == "Exercise" and self.chance.random() < 0.7:
                chosen.append("solution")
            if depth <= 1:
                chosen = [name for name in chosen if is_leaf_type(get_named_type(kind.fields[name].type))]
            inside = " ".join(["__typename", *(self._field(kind, name, depth) for name in chosen)])
            parts.append(self._spread(kind.name, inside))
        return f"{{ {' '.join(parts)} }}"

    def _field(self, kind: GraphQLObjectType, name: str, depth: int) -> str:
        one = kind.fields[name]
        arguments = "(first: $first)" if "first" in one.args and self.chance.random() < 0.5 else ""
        if kind.name == "User" and name == "dueExercises":
            arguments = "(first: 5)"
        directive = self.chance.choice(["", "", "", " @include(if: $yes)", " @skip(if: $no)"])
        return f"{self._alias()}{name}{arguments}{directive} {self._selection(one.type, depth - 1)}"

    def _spread(self, kind: str, inside: str) -> str:
        if self.chance.random() < 0.5:
            return f"... on {kind} {{ {inside} }}"
        self.names += 1
        self.fragments.append(f"fragment F{self.names} on {kind} {{ {inside} }}")
        return f"...F{self.names}"

    def _alias(self) -> str:
        self.names += 1
        return f"a{self.names}: "
