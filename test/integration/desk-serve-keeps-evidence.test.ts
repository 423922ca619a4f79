import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { FileSigner } from "../../src/adapters/signer.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import { verifyDown } from "../../src/core/verify.ts";
import type { Desk } from "../../src/desk/desk.ts";
import type { EvidenceAck } from "../../src/domain/trust.ts";
import { openDown } from "../../src/wire/envelope.ts";
import { alarmTopic, checkpointTopic, evidenceAckTopic, evidenceTopic, stateTopic } from "../../src/wire/topics.ts";
import { deskBench, enrolScripted, type Said, ScriptedChain, type ScriptedGateway, serve } from "./support/desk.ts";
import { until } from "./support/link.ts";

const ITEM = { issuer: "ubnd.hoa-binh", itemId: "01J8Z0M3E8Q4T6V9X2B5N7R1CD" } as const;

function bulletinHeard(gateway: ScriptedGateway): ScriptedChain {
  const times = { startedAtMs: 1_790_000_000_000, endedAtMs: 1_790_000_022_254 };
  return new ScriptedChain(gateway.id)
    .record({ kind: "boot" })
    .record({ kind: "received", ...ITEM })
    .record({ kind: "played", ...ITEM, ...times, zone: "z1", framesPlayed: 1_068_192, framesExact: true, strength: 1 });
}

/** The acknowledgement on the broker, judged as the gateway judges it. */
function ackOf(desk: Desk, gateway: ScriptedGateway): EvidenceAck | undefined {
  const bytes = gateway.received.get(evidenceAckTopic(gateway.id));
  const entry = desk.database.register.find(gateway.id);
  if (bytes === undefined || entry === undefined) return undefined;
  const topic = { kind: "evidence-ack", gateway: gateway.id } as const;
  const opened = openDown(bytes, topic);
  if (opened.kind === "refused") throw new Error(opened.detail);
  const verdict = verifyDown(opened.sealed, topic, {
    gateway: gateway.id,
    root: desk.root,
    placement: entry.placement,
    policy: BUILT_IN_POLICY,
    revoked: [],
    clock: { state: "sync", nowMs: Date.now() },
    seen: () => undefined,
    original: () => undefined,
    lastAccepted: () => undefined,
    kept: () => ({ references: 0, controls: 0 }),
    active: () => ({ emergencies: 0, others: 0 }),
  });
  if (verdict.kind !== "accepted" || verdict.what !== "document" || verdict.document.type !== "evidence-ack") {
    throw new Error(JSON.stringify(verdict));
  }
  return verdict.document;
}

async function running() {
  const { desk, broker } = await deskBench();
  await broker.start();
  const gateway = await enrolScripted(desk);
  await gateway.client.subscribeAsync(evidenceAckTopic(gateway.id), { qos: 1 });
  const server = serve(desk);
  await server.next("restored");
  const send = (report: Said) => gateway.say(evidenceTopic(gateway.id), report);
  return { desk, broker, gateway, server, send };
}

test("good evidence is stored, told, and acknowledged in words the gateway believes", async () => {
  const { desk, gateway, server, send } = await running();
  const chain = bulletinHeard(gateway);
  await send(chain.batch(1, 3));
  expect(await server.next("accepted")).toMatchObject({ gateway: gateway.id, ...ITEM });
  expect(await server.next("played")).toMatchObject({ zone: "z1", framesPlayed: 1_068_192, strength: 1 });
  expect(await server.next("evidence-acknowledged")).toMatchObject({ added: 3, to: 3 });
  await until(() => ackOf(desk, gateway)?.to === 3, "the acknowledgement");
  expect(ackOf(desk, gateway)).toMatchObject({ epoch: chain.epoch, headHash: chain.hashAt(3) });
  expect(desk.database.evidence.lines(gateway.id).map(({ line }) => line)).toEqual(chain.lines);
});

test("a repeat is acknowledged again and told once", async () => {
  const { desk, gateway, server, send } = await running();
  const chain = bulletinHeard(gateway);
  await send(chain.batch(1, 3));
  await server.next("evidence-acknowledged");
  await until(() => ackOf(desk, gateway)?.to === 3, "the first acknowledgement");
  const first = ackOf(desk, gateway)?.sequence ?? 0;
  await send(chain.batch(2, 3));
  expect(await server.next("evidence-acknowledged")).toMatchObject({ added: 0, to: 3 });
  await until(() => (ackOf(desk, gateway)?.sequence ?? 0) > first, "the second, with a higher sequence");
  expect(server.events.filter(({ event }) => event === "played")).toHaveLength(1);
});

test("a gap is told and not acknowledged, and heals when the records come", async () => {
  const { desk, gateway, server, send } = await running();
  const chain = bulletinHeard(gateway);
  await send(chain.batch(2, 3));
  expect(await server.next("evidence-refused")).toMatchObject({ problem: "gap", from: 2 });
  await send(chain.batch(1, 1));
  await send(chain.batch(2, 3));
  await until(() => ackOf(desk, gateway)?.to === 3, "the acknowledgement of all");
});

test("rewritten evidence is a fork: told, not stored, not acknowledged", async () => {
  const { desk, gateway, server, send } = await running();
  const chain = bulletinHeard(gateway);
  await send(chain.batch(1, 2));
  await server.next("evidence-acknowledged");
  const rewritten = new ScriptedChain(gateway.id, chain.epoch)
    .record({ kind: "boot" })
    .record({ kind: "expired", ...ITEM });
  rewritten.record({ kind: "played", ...ITEM, zone: "z1" });
  await send(rewritten.batch(1, 3));
  expect(await server.next("evidence-refused")).toMatchObject({
    problem: "fork",
    detail: expect.stringContaining("2"),
  });
  await send(rewritten.batch(3, 3));
  expect(await server.next("evidence-refused")).toMatchObject({ problem: "fork" });
  await gateway.say(checkpointTopic(gateway.id), {
    type: "checkpoint",
    epoch: chain.epoch,
    q: 2,
    hash: rewritten.hashAt(2),
  });
  expect(await server.next("evidence-refused")).toMatchObject({ problem: "fork", from: 2 });
  expect(desk.database.evidence.lines(gateway.id).map(({ line }) => line)).toEqual(chain.lines.slice(0, 2));
  expect(ackOf(desk, gateway)?.to).toBe(2);
});

test("what is not the gateway's own word is refused and changes nothing", async () => {
  const { desk, gateway, server } = await running();
  const chain = bulletinHeard(gateway);
  const stranger = new FileSigner(generateKeyPairSync("ed25519").privateKey);
  const publish = (topic: string, payload: Buffer) => gateway.client.publishAsync(topic, payload, { qos: 1 });

  await publish(evidenceTopic(gateway.id), gateway.seal(chain.batch(1, 3), stranger));
  expect(await server.next("message-refused")).toMatchObject({ code: "key-unknown" });

  const envelope = JSON.parse(gateway.seal(chain.batch(1, 3)).toString());
  const other = JSON.parse(gateway.seal(chain.batch(1, 2)).toString());
  await publish(evidenceTopic(gateway.id), Buffer.from(JSON.stringify({ ...envelope, signatures: other.signatures })));
  expect(await server.next("message-refused")).toMatchObject({ code: "signature" });

  await publish(evidenceTopic(gateway.id), Buffer.from("nonsense"));
  expect(await server.next("message-refused")).toMatchObject({ code: "schema" });

  await publish(stateTopic(gateway.id), gateway.seal(chain.batch(1, 3)));
  expect(await server.next("message-refused")).toMatchObject({ code: "binding" });

  expect(desk.database.evidence.count(gateway.id)).toBe(0);
  expect(desk.database.reports.lastState(gateway.id)).toBeUndefined();
  expect(gateway.received.size).toBe(0);
});

test("states and alarms are told once, also when the broker repeats them", async () => {
  const { gateway, server, broker } = await running();
  const state = { type: "state", session: 1, state: "ready", atMs: Date.now() };
  const retained = { qos: 1, retain: true } as const;
  await gateway.client.publishAsync(stateTopic(gateway.id), gateway.seal(state), retained);
  expect(await server.next("state")).toMatchObject({ gateway: gateway.id, state: "ready" });
  const raised = { code: "silence", state: "raised", severity: "major", atMs: 1, count: 1, detail: "z1" };
  const alarm = { type: "alarm", epoch: new ScriptedChain(gateway.id).epoch, n: 1, ...raised };
  await gateway.client.publishAsync(alarmTopic(gateway.id, "silence"), gateway.seal(alarm), retained);
  expect(await server.next("alarm")).toMatchObject({ code: "silence", state: "raised" });

  await broker.stop();
  await server.next("disconnected");
  await broker.start();
  await server.next("restored");
  await gateway.client.publishAsync(stateTopic(gateway.id), gateway.seal({ ...state, session: 2 }), retained);
  await server.next("state");
  expect(server.events.filter(({ event }) => event === "alarm")).toHaveLength(1);
});

test("evidence that came while serve was down is waiting for it", async () => {
  const { desk, gateway, server, send } = await running();
  await server.server.stop();
  const chain = bulletinHeard(gateway);
  await send(chain.batch(1, 3));
  const again = serve(desk);
  expect(await again.next("evidence-acknowledged")).toMatchObject({ to: 3 });
});
