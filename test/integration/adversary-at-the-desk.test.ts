import { generateKeyPairSync } from "node:crypto";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FileSigner } from "../../src/adapters/signer.ts";
import type { RefusalCode } from "../../src/domain/trust.ts";
import { OTHER_GATEWAY } from "../fixtures/desk-access.ts";
import { ALARM, BIRTH, CHECKPOINT, HEARTBEAT, RECEIPT, STATE } from "../fixtures/wire-messages.ts";
import {
  deskBench,
  enrolScripted,
  type RunningServer,
  type Said,
  ScriptedChain,
  type ScriptedGateway,
  serve,
} from "./support/desk.ts";
import { forFile } from "./support/lifetime.ts";
import { until } from "./support/link.ts";

// Whoever lies to the desk can't make a box speak, but could make an office believe that it spoke.

const NOBODY = "zzzzzzzzzzzz";

interface Scene {
  readonly database: Database.Database;
  readonly gateway: ScriptedGateway;
  readonly other: ScriptedGateway;
  readonly server: RunningServer;
}
let made: Scene | undefined;
let session = 1_000;

function scene(): Scene {
  if (made === undefined) throw new Error("there is no desk");
  return made;
}

const chain = new ScriptedChain("7k3m9q2w5x8y")
  .record({ kind: "boot" })
  .record({ kind: "played", zone: "z1", strength: 3 });

/** One report of each kind, as a gateway says it, and the last levels of its topic. */
const REPORTS: Readonly<Record<string, { readonly report: Said; readonly topic: string }>> = {
  state: { report: STATE, topic: "state" },
  birth: { report: BIRTH, topic: "birth" },
  heartbeat: { report: HEARTBEAT, topic: "heartbeat" },
  checkpoint: { report: CHECKPOINT, topic: "checkpoint" },
  receipt: {
    report: { ...RECEIPT, state: "done", code: undefined, hash: undefined, ranges: undefined },
    topic: `receipt/${RECEIPT.itemId}`,
  },
  alarm: { report: ALARM, topic: `alarm/${ALARM.code}` },
  evidence: { report: chain.batch(1, 2), topic: "evidence" },
};
const stranger = new FileSigner(generateKeyPairSync("ed25519").privateKey);

interface Lie {
  readonly name: string;
  readonly refused: RefusalCode;
  readonly tell: () => { readonly topic: string; readonly bytes: Buffer | string };
}

function liesAbout(kind: string, { report, topic }: { readonly report: Said; readonly topic: string }): readonly Lie[] {
  const up = (gateway: string) => `loa/1/gateway/${gateway}/up/${topic}`;
  const said = { ...report, gateway: undefined };
  const true_ = () => scene().gateway.seal({ ...said, gateway: scene().gateway.id });
  return [
    {
      name: `${kind} by a stranger's key`,
      refused: "key-unknown",
      tell: () => ({
        topic: up(scene().gateway.id),
        bytes: scene().gateway.seal({ ...said, gateway: scene().gateway.id }, stranger),
      }),
    },
    {
      name: `${kind} by another gateway under this one's name`,
      refused: "key-unknown",
      tell: () => ({
        topic: up(scene().gateway.id),
        bytes: scene().other.seal({ ...said, gateway: scene().gateway.id }),
      }),
    },
    {
      name: `${kind} of this gateway as another one's`,
      refused: "binding",
      tell: () => ({ topic: up(scene().other.id), bytes: true_() }),
    },
    {
      name: `${kind} of a gateway that nobody enrolled`,
      refused: "key-unknown",
      tell: () => ({ topic: up(NOBODY), bytes: scene().gateway.seal({ ...said, gateway: NOBODY }, stranger) }),
    },
    {
      name: `${kind} with one word changed`,
      refused: "signature",
      tell: () => {
        const { payload, ...envelope } = JSON.parse(true_().toString());
        const words = Buffer.from(payload, "base64url")
          .toString()
          .replace(/"issuedAt":\d+/, '"issuedAt":1000000000');
        return {
          topic: up(scene().gateway.id),
          bytes: JSON.stringify({ payload: Buffer.from(words).toString("base64url"), ...envelope }),
        };
      },
    },
    {
      name: `${kind} on the topic of another kind`,
      refused: "binding",
      tell: () => ({
        topic: `loa/1/gateway/${scene().gateway.id}/up/${kind === "state" ? "birth" : "state"}`,
        bytes: true_(),
      }),
    },
    {
      name: `${kind} cut off in the middle`,
      refused: "schema",
      tell: () => ({ topic: up(scene().gateway.id), bytes: true_().subarray(0, -30) }),
    },
  ];
}

const LIES = Object.entries(REPORTS).flatMap(([kind, said]) => liesAbout(kind, said));

let end: (() => Promise<void>) | undefined;
beforeAll(async () => {
  end = await forFile(async () => {
    const { desk, broker } = await deskBench({ access: "open" });
    await broker.start();
    const gateway = await enrolScripted(desk);
    const other = await enrolScripted(desk, { gateway: OTHER_GATEWAY });
    const server = serve(desk);
    await server.next("restored");
    made = { gateway, other, server, database: new Database(desk.folder.database, { readonly: true }) };
    await genuine();
  });
});
afterAll(async () => {
  made?.database.close();
  await end?.();
});

/** What this gateway really says: when it is told, everything before it was judged. */
async function genuine(): Promise<void> {
  const { gateway, server } = scene();
  session += 1;
  const told = server.events.filter(({ event }) => event === "state").length;
  await gateway.client.publishAsync(
    `loa/1/gateway/${gateway.id}/up/state`,
    gateway.seal({ ...STATE, gateway: gateway.id, session }),
    { qos: 1 },
  );
  await until(() => server.events.filter(({ event }) => event === "state").length > told, "a true state to be told");
}

function picture(): Readonly<Record<string, readonly unknown[]>> {
  const { database } = scene();
  const tables = database.prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  return Object.fromEntries(tables.map(({ name }) => [name, rowsOf(database, name)]));
}

/** The genuine state changes with each of its repetitions. */
function rowsOf(database: Database.Database, name: string): readonly unknown[] {
  const rows = database.prepare<[], Record<string, unknown>>(`SELECT * FROM "${name}"`).all();
  return rows.filter((row) => !Object.values(row).some((value) => String(value).includes(`"session":${session}`)));
}

test.each(LIES)("$name", async ({ refused, tell }) => {
  const { gateway, other, server } = scene();
  const before = picture();
  const told = server.events.length;
  const { topic, bytes } = tell();
  await gateway.client.publishAsync(topic, Buffer.from(bytes), { qos: 1, retain: true });
  await genuine();
  const events = server.events.slice(told).filter(({ event }) => event !== "state");
  // Each code is told once, and then summed up.
  expect(
    events
      .map((event) => (event.event === "message-refused" ? event.code : event.event))
      .filter((code) => code !== refused),
  ).toEqual([]);
  expect(picture()).toEqual(before);
  expect([...gateway.received.keys(), ...other.received.keys()]).toEqual([]);
});

test("and after all that, what the gateway says is believed and acknowledged", async () => {
  const { gateway, server } = scene();
  expect(
    new Set(
      server.events.filter(({ event }) => event === "message-refused").map((event) => "code" in event && event.code),
    ),
  ).toEqual(new Set(LIES.map(({ refused }) => refused)));
  await gateway.say(`loa/1/gateway/${gateway.id}/up/evidence`, chain.batch(1, 2));
  expect(await server.next("evidence-acknowledged")).toMatchObject({ to: 2, added: 2 });
});
