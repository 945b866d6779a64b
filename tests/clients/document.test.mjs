// The client that docs/streaming.md gives to authors: compiled as strictly as TypeScript can, then cut off in mid-turn.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { after, test } from "node:test";
import ts from "typescript";
import ws from "ws";
import { QUESTION, assertWhole, authorization, url } from "./stack.mjs";

const here = import.meta.dirname;
const document = readFileSync(path.join(here, "../../docs/streaming.md"), "utf8");
// Inside `node_modules` it finds the packages that it imports, and nobody mistakes it for a source.
const made = mkdtempSync(path.join(here, "node_modules", ".document-"));
after(() => rmSync(made, { recursive: true }));

const client = path.join(made, "client.mts");
const [, source] = document.match(/^## A client that resumes$[^]*?^```ts\n([^]*?)^```$/m);
writeFileSync(client, source);
const program = ts.createProgram([client], {
  strict: true, noUnusedLocals: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true,
  target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts"], types: [], outDir: made, skipLibCheck: true,
});

/** A way to the API that breaks: connection k passes on `cuts[k]` events and half of the next; the others pass all. */
async function breakingWay(cuts) {
  const target = new URL(url);
  let opened = 0;
  const server = net.createServer((near) => {
    let left = cuts[opened++] ?? Infinity;
    const far = net.connect(Number(target.port), target.hostname);
    const cut = () => [near, far].forEach((socket) => socket.destroy());
    [near, far].forEach((socket) => socket.on("error", cut).on("close", cut));
    near.on("data", (data) => far.write(data));
    far.on("data", (data) => {
      let at = -1;
      while ((at = data.indexOf('"seq":', at + 1)) >= 0) {
        if (left-- === 0) return near.write(data.subarray(0, at), cut);
      }
      near.write(data);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `ws://127.0.0.1:${server.address().port}${target.pathname}`,
    opened: () => opened,
    close: () => server.close(),
  };
}

async function answersAsked() {
  const query = "{ viewer { creditEntries(first: 50) { nodes { operation } } } }";
  const headers = { authorization, "content-type": "application/json" };
  const answer = await (await fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) })).json();
  return answer.data.viewer.creditEntries.nodes.filter(({ operation }) => operation === "CHAT").length;
}

test("it compiles", () => {
  const found = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  assert.deepEqual(found.map((each) => ts.flattenDiagnosticMessageText(each.messageText, "\n")), []);
});

for (const [said, cuts] of [
  ["is never cut", []],
  ["is cut before its first event arrives", [0]],
  ["is cut in mid-turn, twice", [2, 1]],
  ["is cut at the same event again and again", [3, 0, 0]],
]) {
  test(`every event comes once and in order when the connection ${said}`, async () => {
    globalThis.WebSocket = ws; // as browsers have one
    const { turn } = await import(path.join(made, "client.mjs"));
    const before = await answersAsked();
    const way = await breakingWay(cuts);
    const events = [];
    let tokens = 0;
    const token = async () => {
      tokens++;
      return authorization.replace("Bearer ", "");
    };
    try {
      for await (const event of turn(way.url, token, QUESTION)) events.push(event);
    } finally {
      way.close();
    }
    assertWhole(events);
    assert.equal(way.opened(), cuts.length + 1);
    assert.equal(tokens, cuts.length + 1, "a fresh token for each connection");
    assert.equal(await answersAsked(), before + 1, "asked and paid for once");
  });
}

test("what the API refuses is thrown, not asked for again", async () => {
  const { turn } = await import(path.join(made, "client.mjs"));
  const token = async () => authorization.replace("Bearer ", "");
  const asking = turn(url.replace(/^http/, "ws"), token, "");
  await assert.rejects(asking.next(), ([error]) => error.extensions.code === "BAD_USER_INPUT");
});
