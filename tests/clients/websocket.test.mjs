// The npm client `graphql-ws`, as an app uses it: over the package `ws`, and over Node's own WebSocket where it has one.
import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, test } from "node:test";
import { createClient } from "graphql-ws";
import ws from "ws";
import {
  BALANCE, CREATE, RESUME, asked, assertWhole, authorization, cancelled, one, read, shortLived, socketUrl,
} from "./stack.mjs";

const FORBIDDEN = 4403;
const implementations = { ws, ...(globalThis.WebSocket && { "Node's own": globalThis.WebSocket }) };

for (const [name, webSocketImpl] of Object.entries(implementations)) {
  const opened = (options = {}) =>
    createClient({
      url: socketUrl, webSocketImpl, retryAttempts: 0, connectionParams: { authorization }, ...options,
    });

  const withClient = (body, options) => async () => {
    const client = opened(options);
    try {
      await body(client);
    } finally {
      await client.dispose();
    }
  };

  const closing = (given, connected) =>
    new Promise((closed) => {
      opened({
        lazy: false, connectionParams: { authorization: given }, on: { connected, closed }, onNonLazyError: () => {},
      });
    });

  let wasConnected = false;
  const expiring = closing(shortLived, () => (wasConnected = true)); // it has some seconds from now on

  describe(`graphql-ws over ${name}`, () => {
    test("a query and a mutation are answered once and completed", withClient(async (client) => {
      assert.ok((await one(client, BALANCE)).viewer.credits.available > 0);
      assert.equal((await one(client, CREATE)).createConversation.conversation.title, "Prova");
    }));

    test("a turn streams to its end", withClient(async (client) => {
      assertWhole(await read(client, asked()));
    }));

    test("two turns share a socket", withClient(async (client) => {
      const turns = await Promise.all([read(client, asked()), read(client, asked())]);
      turns.forEach((turn) => assertWhole(turn));
      assert.notEqual(turns[0][0].turnId, turns[1][0].turnId);
    }));

    test("who stops listening finds the rest of the turn, on the same socket", withClient(async (client) => {
      const [started] = await read(client, asked(), (event) => event.seq === 1);
      assert.ok((await one(client, BALANCE)).viewer);
      const variables = { turnId: started.turnId, seq: started.seq };
      assertWhole([started, ...(await read(client, { query: RESUME, variables }))]);
    }));

    test("a cancelled turn says so", withClient(async (client) => {
      assert.equal((await cancelled(client)).code, "CANCELLED");
    }));

    test("pings are answered", async () => {
      let answered;
      const pong = new Promise((resolve) => (answered = resolve));
      const on = { pong: (received) => received && answered() };
      await withClient(() => pong, { lazy: false, keepAlive: 50, on })();
    });

    test("what is refused before the first event is an error of that operation alone", withClient(async (client) => {
      await assert.rejects(read(client, asked("")), ([error]) => error.extensions.code === "BAD_USER_INPUT");
      await assert.rejects(read(client, { query: "{ nothing }" }), ([error]) => /nothing/.test(error.message));
      assert.ok((await one(client, BALANCE)).viewer);
    }));

    test("a bad token closes with 4403", async () => {
      assert.equal((await closing("Bearer nonsense")).code, FORBIDDEN);
    });

    test("a token that expires closes with 4403", async () => {
      assert.equal((await expiring).code, FORBIDDEN);
      assert.ok(wasConnected);
    });
  });
}

test("a bad frame closes with 4400", async () => {
  const socket = new ws(socketUrl, "graphql-transport-ws");
  await once(socket, "open");
  socket.send("5");
  const [code] = await once(socket, "close");
  assert.equal(code, 4400);
});
