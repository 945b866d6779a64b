"""The schema as this edge runs it: prepared documents, our errors, and subscriptions that do not leak."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from copy import copy
from typing import Any

from graphql import GraphQLError, OperationDefinitionNode, lexicographic_sort_schema
from graphql.execution import Executor
from starlette.datastructures import UploadFile
from strawberry import Schema
from strawberry.extensions import SchemaExtension
from strawberry.printer import print_schema
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType
from strawberry.utils.aio import aclosing

from entrypoints.graphql.documents import Documents, handing_over
from entrypoints.graphql.errors import presented
from entrypoints.graphql.limits import Limits
from entrypoints.graphql.scalars import UPLOAD


class SteadyExecutor(StrawberryGraphQLCoreExecutionContext):
    """graphql-core's executor, without its leak.

    graphql-core 3.3.2 shares the memo of collected sub-fields among all events of a subscription, under keys made anew
    for each event: it never hits, and grows by about 1.3 kB an event. Each event gets its own here. (Only the executor
    that `subscribe` is given reaches this; it is also the place where a compiled executor will hook in.)
    """

    def build_per_event_executor(self, payload: Any) -> Executor[Any]:
        executor = super().build_per_event_executor(payload)
        executor._relevant_sub_fields = {}  # noqa: SLF001
        return executor

    @staticmethod
    def complete_leaf_value(return_type: Any, result: Any) -> Any:
        """As graphql-core; a value that does not fit its scalar is our fault, not the client's, so it is masked."""
        try:
            return StrawberryGraphQLCoreExecutionContext.complete_leaf_value(return_type, result)
        except GraphQLError as error:
            raise TypeError(f"a resolver returned what {return_type} cannot say") from error


class EdgeSchema(Schema):
    """Strawberry's schema with prepared documents, and with every error presented as the table in `errors` says."""

    def __init__(
        self, *, query: type, mutation: type | None, subscription: type | None, types: Sequence[type], limits: Limits
    ) -> None:
        super().__init__(
            query=query,
            mutation=mutation,
            subscription=subscription,
            types=types,
            extensions=[self._hand_over],
            execution_context_class=SteadyExecutor,
            # Not `sort_schema`: its sorted copy has plain enums, and resolvers would get strings for their members.
            config=StrawberryConfig(scalar_map={UploadFile: UPLOAD}),
        )
        self.documents = Documents(self._schema, limits)
        self._extension = handing_over(self.documents)

    def as_str(self) -> str:
        """The schema in SDL, in the order of the alphabet, so that two printings differ only where the schema does."""
        ordered = copy(self)
        ordered._schema = lexicographic_sort_schema(self._schema)  # noqa: SLF001  a copy of ourselves
        return print_schema(ordered)

    def _hand_over(self) -> SchemaExtension:
        return self._extension()

    def operation(self, query: str | None, name: str | None) -> OperationDefinitionNode:
        """The operation that would run. Errors: RefusedDocument."""
        if not query:
            raise RefusedDocument([GraphQLError("There is no `query` in the request.")])
        prepared = self.documents.prepare(query)
        if prepared.errors:
            raise RefusedDocument(prepared.errors)
        try:
            return prepared.operation(name)
        except GraphQLError as error:
            raise RefusedDocument([error]) from None

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Nothing: errors are logged where they are presented, once."""

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        try:
            label = _name_of(self.operation(query, operation_name))
        except RefusedDocument as refused:
            return PreExecutionError(data=None, errors=presented(refused.errors, operation=operation_name))
        result = await super().execute(
            query,
            variable_values=variable_values,
            context_value=context_value,
            root_value=root_value,
            operation_name=operation_name or None,
            allowed_operation_types=allowed_operation_types,
            operation_extensions=operation_extensions,
        )
        if result.errors:
            result.errors = presented(result.errors, operation=label)
        return result

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> AsyncGenerator[Any, None]:
        try:
            label = _name_of(self.operation(query, operation_name))
        except RefusedDocument as refused:
            return _only(PreExecutionError(data=None, errors=presented(refused.errors, operation=operation_name)))
        results = await super().stream(
            query,
            variable_values=variable_values,
            context_value=context_value,
            root_value=root_value,
            operation_name=operation_name or None,
            operation_extensions=operation_extensions,
            allowed_operation_types=allowed_operation_types,
        )
        return _presenting(results, label)


class RefusedDocument(Exception):
    """The document cannot be run, or does not say which operation to run."""

    def __init__(self, errors: Sequence[GraphQLError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = tuple(errors)


def _name_of(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None


async def _only(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    yield result


async def _presenting(results: AsyncGenerator[Any, None], operation: str | None) -> AsyncGenerator[Any, None]:
    async with aclosing(results):
        async for result in results:
            if result.errors:
                result.errors = presented(result.errors, operation=operation)
            yield result
