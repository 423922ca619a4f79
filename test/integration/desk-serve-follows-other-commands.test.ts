import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readHardwareSerial } from "../../src/adapters/hardware-serial.ts";
import { authenticate } from "../../src/core/chain.ts";
import { readRoot } from "../../src/desk/root.ts";
import type { Root } from "../../src/domain/trust.ts";
import { openDown, openRoot } from "../../src/wire/envelope.ts";
import {
  areaDocumentTopic,
  evidenceAckTopic,
  evidenceTopic,
  parseDownTopic,
  placementTopic,
  rootTopic,
} from "../../src/wire/topics.ts";
import { freePort } from "./support/broker.ts";
import { loa, startLoa } from "./support/cli.ts";
import { COMMUNE, type DeskBench, deskBench, enrolScripted, onlooker, ScriptedChain } from "./support/desk.ts";
import { emptyFolder } from "./support/enrolment.ts";
import { until } from "./support/link.ts";

const OFFICE = "ubnd.hoa-binh";
const LATER_OFFICE = "ubnd.son-tay";

/** `loa desk serve` as a service runs it: for days, while people type other commands beside it. */
function serving(folder: string, ...words: readonly string[]) {
  const { said } = startLoa("desk", "serve", "--desk", folder, "--json", ...words);
  const events = () =>
    said()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  return { events, told: (event: string) => until(() => said().includes(`"${event}"`), event) };
}

async function office() {
  const bench = await deskBench();
  await bench.broker.start();
  const command = async (...words: readonly string[]) => {
    const ran = await loa("desk", ...words, "--desk", bench.folder, "--json");
    expect(ran, words.join(" ")).toMatchObject({ code: 0, stderr: "" });
    return JSON.parse(ran.stdout);
  };
  return { ...bench, command };
}

/** Whether the gateways of this root could follow a message's chain to it. */
function hangsOn(root: Root, topic: string, payload: Uint8Array | undefined): boolean {
  const parsed = parseDownTopic(topic);
  if (payload === undefined || parsed === undefined) return false;
  const opened = openDown(payload, parsed);
  return opened.kind === "opened" && authenticate(opened.sealed, root).kind === "authentic";
}

function rootInForce({ desk }: DeskBench): Root {
  return readRoot(desk.folder).root;
}

test("after a rotation it acknowledges, and says what is in force, in words that gateways of the next root believe", async () => {
  const bench = await office();
  await bench.command("issuer", OFFICE, "--areas", COMMUNE);
  const gateway = await enrolScripted(bench.desk);
  const seen = await onlooker(bench.desk, ["loa/1/#"]);
  const serve = serving(bench.folder);
  await serve.told("restored");
  const chain = new ScriptedChain(gateway.id).record({ kind: "boot" });
  const ack = evidenceAckTopic(gateway.id);
  await gateway.say(evidenceTopic(gateway.id), chain.batch(1, 1));
  await until(() => seen.has(ack), "the first acknowledgement");
  const before = seen.get(ack)?.payload;

  await bench.command("rotate", "--add", "Hoa", "--remove", "holder-1");
  const next = rootInForce(bench);
  expect(next.rootVersion).toBe(2);
  expect(hangsOn(next, ack, before)).toBe(false);
  // At once, for this is what a gateway waits for.
  const record = { kind: "received", issuer: OFFICE, itemId: "01J8Z0M3E8Q4T6V9X2B5N7R1CD" } as const;
  await gateway.say(evidenceTopic(gateway.id), chain.record(record).batch(2, 2));
  await until(() => serve.events().some(({ event, to }) => event === "evidence-acknowledged" && to === 2), "record 2");
  await until(() => hangsOn(next, ack, seen.get(ack)?.payload), "an acknowledgement under the next root");

  await serve.told("keys-changed");
  const beacon = areaDocumentTopic("beacon", COMMUNE, OFFICE);
  const saysVersion = () => {
    const payload = seen.get(beacon)?.payload ?? new Uint8Array();
    const opened = openDown(payload, { kind: "beacon", area: COMMUNE, issuer: OFFICE });
    return opened.kind === "opened" && opened.sealed.payload.type === "beacon" && opened.sealed.payload.rootVersion;
  };
  await until(() => saysVersion() === 2, "a beacon that names the next root");
  expect(hangsOn(next, beacon, seen.get(beacon)?.payload)).toBe(true);
});

test("a rotation that was ended midway comes to the broker all the same, and whoever comes next finishes it", async () => {
  const bench = await office();
  await bench.command("issuer", OFFICE, "--areas", COMMUNE);
  const gateway = await enrolScripted(bench.desk);
  const seen = await onlooker(bench.desk, ["loa/1/#"]);
  const address = `127.0.0.1:${await freePort()}`;
  const serve = serving(bench.folder, "--enrol", address);
  await serve.told("restored");
  const site = ["--commune", COMMUNE, "--zones", "z1", "--serial", readHardwareSerial(), "--at", address];
  const { voucher } = await bench.command("voucher", ...site);
  const obstacle = `${bench.desk.folder.root}.new`;
  mkdirSync(obstacle);
  const ended = await loa("desk", "rotate", "--add", "Hoa", "--remove", "holder-1", "--desk", bench.folder);
  expect(ended).toMatchObject({ code: 8, stderr: expect.stringContaining("next.json") });
  await until(() => seen.has(rootTopic(2)), "the next root");
  const opened = openRoot(seen.get(rootTopic(2))?.payload ?? new Uint8Array());
  if (opened.kind === "refused") throw new Error(opened.detail);
  const next = opened.sealed.payload;
  const placement = placementTopic(gateway.id);
  await until(() => hangsOn(next, placement, seen.get(placement)?.payload), "a placement under the next root");

  rmdirSync(obstacle);
  const enrolment = path.join(emptyFolder(), "enrolment");
  const enrolled = await loa("enrol", "--enrolment", enrolment, "--voucher", voucher, "--json");
  expect(enrolled, enrolled.stdout).toMatchObject({ code: 0 });
  expect(rootInForce(bench)).toEqual(next);
  const act = async () =>
    (await bench.command("audit")).entries.filter((entry: { act: string }) => entry.act === "rotate");
  for (const entries of await Promise.all([act(), act(), act()])) expect(entries).toHaveLength(1);
});

test("an issuer that is made while it runs is spoken for, and one whose keys are revoked no more", async () => {
  const bench = await office();
  await enrolScripted(bench.desk);
  const seen = await onlooker(bench.desk, ["loa/1/area/#"]);
  const serve = serving(bench.folder);
  await serve.told("restored");
  await bench.command("issuer", LATER_OFFICE, "--areas", COMMUNE);
  const topics = (["index", "beacon"] as const).map((kind) => areaDocumentTopic(kind, COMMUNE, LATER_OFFICE));
  await until(() => topics.every((topic) => seen.has(topic)), "index and beacon of the new issuer");
  expect(topics.every((topic) => hangsOn(rootInForce(bench), topic, seen.get(topic)?.payload))).toBe(true);
  const changes = () => serve.events().filter(({ event }) => event === "keys-changed");
  expect(changes().map(({ issuers }) => issuers)).toEqual([["operations", LATER_OFFICE]]);

  await bench.command("revoke", LATER_OFFICE, "--reason", "compromised");
  await until(() => changes().length === 2, "the keys to be gone");
  expect(changes().at(-1)).toMatchObject({ issuers: ["operations"] });
});

test("an issuer below a province is spoken for by a key that the province gave, and where it may not give one people are told", async () => {
  const bench = await office();
  await enrolScripted(bench.desk);
  const seen = await onlooker(bench.desk, ["loa/1/area/#"]);
  const serve = serving(bench.folder);
  await serve.told("restored");
  await bench.command("authority", "ubnd.tinh-a", "--areas", "tinh-a", "--severity-max", "1");
  const below = ["issuer", LATER_OFFICE, "--areas", COMMUNE, "--under"];
  expect(await bench.command(...below, "ubnd.tinh-a")).toMatchObject({ heralded: true });
  const topics = (["index", "beacon"] as const).map((kind) => areaDocumentTopic(kind, COMMUNE, LATER_OFFICE));
  await until(() => topics.every((topic) => seen.has(topic)), "index and beacon of the issuer below");
  for (const topic of topics) {
    expect(hangsOn(rootInForce(bench), topic, seen.get(topic)?.payload)).toBe(true);
    expect(JSON.parse(seen.get(topic)?.payload.toString() ?? "").chain).toHaveLength(2);
  }

  await bench.command(
    "authority",
    "ubnd.tinh-b",
    "--areas",
    "tinh-a",
    "--severity-max",
    "1",
    "--uses",
    "delegate,broadcast",
  );
  const unheralded = ["issuer", "ubnd.dong-son", "--areas", COMMUNE, "--uses", "broadcast", "--under", "ubnd.tinh-b"];
  const told = await loa("desk", ...unheralded, "--desk", bench.folder);
  expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining("can't say what ubnd.dong-son has in force") });
});

test("keys that it can't use are told once, and the former ones go on", async () => {
  const bench = await office();
  const gateway = await enrolScripted(bench.desk);
  const serve = serving(bench.folder);
  await serve.told("restored");
  const file = path.join(bench.desk.folder.issuer(LATER_OFFICE), "damaged.key");
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, "half of a k");
  await serve.told("keys-unread");
  const chain = new ScriptedChain(gateway.id).record({ kind: "boot" });
  await gateway.say(evidenceTopic(gateway.id), chain.batch(1, 1));
  await serve.told("evidence-acknowledged");
  expect(serve.events().filter(({ event }) => event === "keys-unread")).toMatchObject([
    { detail: expect.stringContaining(file) },
  ]);
});

test("a voucher made before a rotation brings a box the next root, and a placement that hangs on it", async () => {
  const bench = await office();
  const port = await freePort();
  const address = `127.0.0.1:${port}`;
  const serve = serving(bench.folder, "--enrol", address);
  await serve.told("enrolment-open");
  const site = ["--commune", COMMUNE, "--zones", "z1", "--serial", readHardwareSerial(), "--at", address];
  const { voucher } = await bench.command("voucher", ...site);
  await bench.command("rotate", "--add", "Hoa", "--remove", "holder-1");
  const enrolment = path.join(emptyFolder(), "enrolment");
  const enrolled = await loa("enrol", "--enrolment", enrolment, "--voucher", voucher, "--json");
  expect(enrolled, enrolled.stdout).toMatchObject({ code: 0 });
  const { payload } = JSON.parse(readFileSync(path.join(enrolment, "root.json"), "utf8"));
  expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({ rootVersion: 2 });
});
