"""Documents, parsed, measured and validated once each, however often they are sent."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, parse, specified_rules
from strawberry.extensions import SchemaExtension
from strawberry.schema.schema import validate_document

from entrypoints.graphql.errors import as_graphql
from entrypoints.graphql.limits import Limits, refusals, too_complex

_LARGEST_KEPT = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A document that was read: its operations by name, or what is wrong with it."""

    document: DocumentNode | None = None
    operations: Mapping[str | None, OperationDefinitionNode] | None = None
    errors: tuple[GraphQLError, ...] = ()

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation to run; without a name there must be only one. Errors: GraphQLError."""
        operations = self.operations or {}
        if name:
            if name not in operations:
                raise GraphQLError(f"The document has no operation named {name}.")
            return operations[name]
        if len(operations) != 1:
            raise GraphQLError(
                "The document has several operations: say which with `operationName`."
                if operations
                else "The document has no operation."
            )
        return next(iter(operations.values()))


class Documents:
    """Prepares documents for one schema and keeps the most recent."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, capacity: int = 1_000) -> None:
        self._schema = schema
        self._limits = limits
        self._capacity = capacity
        self._kept: OrderedDict[str, Prepared] = OrderedDict()

    def prepare(self, query: str) -> Prepared:
        """Never raises: what is wrong is in `errors` (on a stream, an exception would end the stream unexplained)."""
        kept = self._kept.get(query)
        if kept is not None:
            self._kept.move_to_end(query)
            return kept
        prepared = self._read(query)
        if len(query) <= _LARGEST_KEPT:
            self._kept[query] = prepared
            if len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
        return prepared

    def _read(self, query: str) -> Prepared:
        try:
            document = parse(query, max_tokens=self._limits.tokens)
        except GraphQLError as error:
            if "tokens. Parsing aborted" in error.message:
                return Prepared(errors=(as_graphql(too_complex("tokens", limit=self._limits.tokens)),))
            if "nested too deeply" in error.message:
                return Prepared(errors=(as_graphql(too_complex("depth", limit=self._limits.depth)),))
            return Prepared(errors=(error,))
        errors = [as_graphql(refusal) for refusal in refusals(self._schema, document, self._limits)]
        errors = errors or validate_document(self._schema, document, tuple(specified_rules))
        if errors:
            return Prepared(errors=tuple(errors))
        found = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        return Prepared(document=document, operations={one.name.value if one.name else None: one for one in found})


def handing_over(documents: Documents) -> type[SchemaExtension]:
    """An extension that gives Strawberry the prepared document, so that it neither parses nor validates again."""

    class HandOver(SchemaExtension):
        def on_parse(self) -> Iterator[None]:
            context = self.execution_context
            context.graphql_document = documents.prepare(context.query or "").document
            yield

        def on_validate(self) -> Iterator[None]:
            self.execution_context.pre_execution_errors = []
            yield

    return HandOver
