// The running stack that the tests of this folder talk to, and what they ask of it.
// The environment names it: STUDIOLO_URL, STUDIOLO_TOKEN, STUDIOLO_SOURCE (the sample book, read), STUDIOLO_SHORT_TOKEN.
import assert from "node:assert/strict";

const { STUDIOLO_URL, STUDIOLO_TOKEN, STUDIOLO_SOURCE, STUDIOLO_SHORT_TOKEN } = process.env;

export const url = STUDIOLO_URL;
export const socketUrl = STUDIOLO_URL.replace(/^http/, "ws");
export const sourceId = STUDIOLO_SOURCE;
export const authorization = `Bearer ${STUDIOLO_TOKEN}`;
export const shortLived = `Bearer ${STUDIOLO_SHORT_TOKEN}`;

export const QUESTION = "Che cos'è la tarsia?";
const EVENT = `__typename turnId seq
  ... on TextDelta { text }
  ... on TurnCompleted { message { content } }
  ... on TurnFailed { code }`;
export const CHAT = `subscription ($input: ChatInput!) { event: chat(input: $input) { ${EVENT} } }`;
export const RESUME = `subscription ($turnId: ID!, $seq: Int!) {
  event: resumeTurn(turnId: $turnId, afterSeq: $seq) { ${EVENT} }
}`;
export const CANCEL = "mutation ($turnId: ID!) { cancelTurn(input: { turnId: $turnId }) { cancelled } }";
export const BALANCE = "{ viewer { credits { available } } }";
export const CREATE = 'mutation { createConversation(input: { title: "Prova" }) { conversation { id title } } }';

export const asked = (message = QUESTION) => ({ query: CHAT, variables: { input: { message, sourceIds: [sourceId] } } });

/** The one result of a query or mutation over a client of either package. */
export async function one(client, query, variables) {
  const results = [];
  for await (const result of client.iterate({ query, variables })) results.push(result);
  assert.equal(results.length, 1);
  assert.equal(results[0].errors, undefined);
  return results[0].data;
}

/** The events of a subscription to its end. It throws the errors of GraphQL that come instead. With `until`, to the first event for which it holds. */
export async function read(client, request, until = () => false) {
  const events = [];
  for await (const { data, errors } of client.iterate(request)) {
    if (errors) throw errors;
    events.push(data.event);
    if (until(data.event)) break;
  }
  return events;
}

/** From the event `first` on without a gap, all of one turn, to an answer; from the beginning also word for word. */
export function assertWhole(events, first = 1) {
  assert.deepEqual(events.map((event) => event.seq), events.map((_, at) => first + at));
  assert.equal(new Set(events.map((event) => event.turnId)).size, 1);
  const last = events.at(-1);
  assert.equal(last.__typename, "TurnCompleted", JSON.stringify(last));
  if (first > 1) return;
  assert.equal(events[0].__typename, "TurnStarted");
  assert.equal(events.map((event) => event.text ?? "").join(""), last.message.content);
  assert.match(last.message.content, /tarsia/i);
}

/** Ask, and cancel as soon as the turn has begun: its last event. The answer may be faster, so it is asked again. */
export async function cancelled(client) {
  let last;
  for (let attempt = 0; attempt < 5 && last?.code !== "CANCELLED"; attempt++) {
    for await (const { data } of client.iterate(asked())) {
      last = data.event;
      if (last.__typename === "TurnStarted") await one(client, CANCEL, { turnId: last.turnId });
    }
  }
  return last;
}
