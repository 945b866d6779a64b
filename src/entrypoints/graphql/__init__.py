"""The GraphQL edge. Each context has one module here (two where it would pass 300 lines); `accounts.py` is the model.

**What a module exports** is one `PART = Part(query=Query, mutation=Mutation, subscription=Subscription,
viewer=ViewerFields, nodes=(Source, Chunk), types=())`, everything optional; `schema.py` lists the parts and merges
them. The domain is imported whole (`from domain import library`), so that the bare name `Source` belongs to the schema
class. Names follow the contract letter by letter; every type, field, argument and enum value has a terse description
(a test looks). What is not built is absent.

**A type with identity** is a class over `ids.Node` whose Python name is its GraphQL name. Its leaves are plain
attributes, filled once by the class method `of(entity)` with `id=global_id("Source", source.id)`: no resolver on a
leaf, it would cost five times as much. What a resolver needs later is kept as `strawberry.Private[...]`. It implements
`get(context, key)` (one read; NoSuch and NotYours go through) and `many(context, keys)` (a mapping of what the viewer
may see: from the reader's `many`, or `ids.visible`). Import `Context` for these under `TYPE_CHECKING`.

**Fields**: data is `title: str = strawberry.field(description="...")`. Computed fields are methods under
`@resolver("description")`, `@mutation(...)` or `@subscription(...)` of `fields.py` (typed, unlike Strawberry's own);
other arguments are `name: Annotated[str, strawberry.argument(description="...")]`.

**Ids**: `SourceId(key_of("Source", given.id, field="id"))` for an argument, `keys_of(...)` for a list; a malformed id
or one of another type is BAD_USER_INPUT naming the field (give the name as the client wrote it: `sourceIds`).

**The viewer** is `info.context.owner` (a UserId, the `owner=` of everything) and `info.context.viewer` (domain User);
the application is `info.context.app` (`.library.sources`, ...). Annotate `info: Info` (from `context`). Fields of
`User` are methods of a class `ViewerFields` (under `@strawberry.type`, without data), given as `Part.viewer`.

**A connection** is `-> Connection[Source]` with arguments `first: First = strawberry.UNSET, after: After =
strawberry.UNSET`, answered by `connect("User.sources", first=..., after=..., page=lambda window:
reader.page(owner=..., window=window, where=...), count=lambda: reader.count(...), node=Source.of)`. The name seals the
cursors: for a list that hangs on an object, put its id in (`f"Source.chunks:{id}"`). `count` runs only when
`totalCount` is selected.

**An edge to one object** (`chunk.source`) goes through the loader, so that a hundred chunks make one read:
`await info.context.loaders.load(app.library.sources.many, id, owner=owner, kind="Source")`; `find` for None when it is
gone, `load_many` for lists.

**A mutation** takes `given: Input[AddSourceInput]` (from `scalars`; the client sees `input: AddSourceInput!`) and
returns a payload type. An optional input field has `strawberry.field(default=strawberry.UNSET, description="...")`;
`or_none(given.title)` makes both "left out" and null None. Where the two differ, compare with `strawberry.UNSET`. An
`@oneOf` input is `@strawberry.input(one_of=True)` with fields `text: strawberry.Maybe[str]` (`given.text.value` when
it is not None). A file is `scalars.Upload`: `await file.read()`, `file.size`, `file.filename`; the edge has refused
one that is too large. Free JSON is `strawberry.scalars.JSON`.

**A subscription** is an async generator, `-> AsyncGenerator[ChatEvent, None]`; whatever generator it reads is opened
with `aclosing`, and nothing is held across a `yield`. Members of an interface go to `Part.types`. Read before the
first event whatever can be refused, so that a foreign id is an error at once.

**Failures**: raise nothing of GraphQL. A domain error that escapes a resolver reaches the client as its family's code
with its data (`errors.py` has the only table); anything else is masked, logged once with its traceback, and shown as
an incident id. The same holds for queries, mutations and each event of a stream.

**Enums** of the domain are declared once: `described_enum(library.SourceStatus, description=..., values={"READY":
...})`, then annotated with the domain enum itself, here and in every other module.

**Types of another module** that would make a circle are `Annotated["Document",
strawberry.lazy("entrypoints.graphql.writing")]`. Plain imports go `chat > writing | practice > search > library >
accounts`.
"""
