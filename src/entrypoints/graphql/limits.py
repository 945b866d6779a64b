"""What one operation may ask for, measured before it is validated and in time linear in the document.

Each fragment is measured once however often it is spread, so a document that doubles itself at every spread costs its
author a refusal and us nothing. Introspection has no cost, but its depth is limited like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_list_type,
    is_non_null_type,
)

from application.shared import DEFAULT_PAGE, LARGEST_PAGE
from entrypoints.graphql.errors import QueryTooComplex

_CAP = 10**9
_DEEPEST_RECURSION = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most of each that one operation may have. `cost` counts fields, times the lists that they are in."""

    depth: int = 16
    aliases: int = 30
    root_fields: int = 20
    directives: int = 50
    fields: int = 1_000
    cost: int = 50_000
    tokens: int = 2_000


@dataclass(frozen=True, slots=True)
class Measure:
    """What an operation, a fragment or a selection set amounts to, spreads counted in full."""

    depth: int = 0
    aliases: int = 0
    root_fields: int = 0
    directives: int = 0
    fields: int = 0
    cost: int = 0

    def beside(self, other: Measure) -> Measure:
        return Measure(
            max(self.depth, other.depth),
            min(self.aliases + other.aliases, _CAP),
            min(self.root_fields + other.root_fields, _CAP),
            min(self.directives + other.directives, _CAP),
            min(self.fields + other.fields, _CAP),
            min(self.cost + other.cost, _CAP),
        )


class _Fragment(NamedTuple):
    definition: FragmentDefinitionNode
    type: GraphQLNamedType | None


def refusals(schema: GraphQLSchema, document: DocumentNode, limits: Limits) -> Iterator[QueryTooComplex]:
    """Each limit that an operation of the document exceeds."""
    scale = _Scale(schema, document)
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode):
            continue
        measured = scale.operation(definition)
        for limit in fields(Measure):
            actual, most = getattr(measured, limit.name), getattr(limits, limit.name)
            if actual > most:
                yield too_complex(limit.name, limit=most, actual=actual)


def too_complex(what: str, *, limit: int, actual: int | None = None) -> QueryTooComplex:
    """The refusal, naming the limit; `actual` is left out where nobody counted to the end."""
    words = what.replace("_", " ")
    sentence = f"The operation is too large: {words}, at most {limit}"
    if actual is None or actual >= _CAP:
        return QueryTooComplex(f"{sentence}.", what=words, limit=limit)
    return QueryTooComplex(f"{sentence}, here {actual}.", what=words, limit=limit, actual=actual)


class _Scale:
    """Measures the operations of one document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        self._fragments = {
            definition.name.value: _Fragment(definition, schema.get_type(definition.type_condition.name.value))
            for definition in document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure] = {}

    def operation(self, operation: OperationDefinitionNode) -> Measure:
        root = self._schema.get_root_type(operation.operation)
        measured = self._selections(operation.selection_set, root, level=0)
        return measured.beside(Measure(directives=len(operation.directives or ())))

    def _selections(self, selections: SelectionSetNode, parent: GraphQLNamedType | None, *, level: int) -> Measure:
        if level > _DEEPEST_RECURSION:
            return Measure(depth=_CAP)
        total = Measure()
        for selection in selections.selections:
            total = total.beside(self._selection(selection, parent, level))
        return total

    def _selection(self, selection: SelectionNode, parent: GraphQLNamedType | None, level: int) -> Measure:
        own = Measure(directives=len(selection.directives or ()))
        if isinstance(selection, FieldNode):
            return own.beside(self._field(selection, parent, level))
        if isinstance(selection, FragmentSpreadNode):
            return own.beside(self._spread(selection.name.value, level))
        assert isinstance(selection, InlineFragmentNode)
        condition = selection.type_condition
        of = self._schema.get_type(condition.name.value) if condition else parent
        return own.beside(self._selections(selection.selection_set, of, level=level + 1))

    def _spread(self, name: str, level: int) -> Measure:
        if name not in self._measured:
            self._measured[name] = Measure()  # a fragment that spreads itself; validation says so
            fragment = self._fragments.get(name)
            if fragment:
                inside = self._selections(fragment.definition.selection_set, fragment.type, level=level + 1)
                self._measured[name] = inside
        return self._measured[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, level: int) -> Measure:
        name = node.name.value
        alias = 1 if node.alias else 0
        if node.selection_set is None:
            return Measure(depth=1, aliases=alias, root_fields=1, fields=1, cost=0 if name.startswith("__") else 1)
        if name.startswith("__") or (parent is not None and parent.name.startswith("__")):
            inside = self._selections(node.selection_set, self._schema.get_type("__Type"), level=level + 1)
            return Measure(1 + inside.depth, alias + inside.aliases, 1, inside.directives, inside.fields, 0)
        field = _field_of(parent, name)
        inside = self._selections(node.selection_set, get_named_type(field.type) if field else None, level=level + 1)
        return Measure(
            depth=1 + inside.depth,
            aliases=alias + inside.aliases,
            root_fields=1,
            directives=inside.directives,
            fields=1 + inside.fields,
            cost=min(1 + _times(node, field) * inside.cost, _CAP),
        )


def _field_of(parent: GraphQLNamedType | None, name: str) -> GraphQLField | None:
    return parent.fields.get(name) if isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) else None


def _times(node: FieldNode, field: GraphQLField | None) -> int:
    """How many objects a field may answer with. A size in a variable is not known yet, so it counts as the largest."""
    if field is None:
        return 1
    for sized in ("first", "limit", "count"):
        if sized not in field.args:
            continue
        given = next((argument.value for argument in node.arguments or () if argument.name.value == sized), None)
        if given is None:
            return DEFAULT_PAGE
        return min(max(int(given.value), 0), LARGEST_PAGE) if isinstance(given, IntValueNode) else LARGEST_PAGE
    # The lists of a connection were counted at the connection.
    return DEFAULT_PAGE if _is_list(field.type) and node.name.value not in {"edges", "nodes"} else 1


def _is_list(of: GraphQLOutputType) -> bool:
    return is_list_type(of.of_type if is_non_null_type(of) else of)
