// The npm client `graphql-sse` in distinct connections, as an app uses it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "graphql-sse";
import { BALANCE, CREATE, RESUME, asked, assertWhole, authorization, cancelled, one, read, url } from "./stack.mjs";

const opened = (given = authorization) => createClient({ url, retryAttempts: 0, headers: { authorization: given } });

test("a query and a mutation are answered once and completed", async () => {
  assert.ok((await one(opened(), BALANCE)).viewer.credits.available > 0);
  assert.equal((await one(opened(), CREATE)).createConversation.conversation.title, "Prova");
});

test("a turn streams to its end", async () => {
  assertWhole(await read(opened(), asked()));
});

test("who stops listening finds the rest of the turn", async () => {
  const [started] = await read(opened(), asked(), (event) => event.seq === 1);
  const variables = { turnId: started.turnId, seq: started.seq };
  assertWhole([started, ...(await read(opened(), { query: RESUME, variables }))]);
});

test("a cancelled turn says so", async () => {
  assert.equal((await cancelled(opened())).code, "CANCELLED");
});

test("what is refused before the first event is told with its code", async () => {
  const results = [];
  for await (const result of opened().iterate(asked(""))) results.push(result);
  assert.deepEqual(results.map(({ errors }) => errors[0].extensions.code), ["BAD_USER_INPUT"]);
});

test("a bad token is answered with 401", async () => {
  await assert.rejects(read(opened("Bearer nonsense"), asked()), (error) => error.response.status === 401);
});
