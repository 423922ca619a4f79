import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Authority } from "../../../src/desk/authority.ts";
import { enrolGateway } from "../../../src/desk/enrolment.ts";
import type { AlertOrder } from "../../../src/domain/broadcast.ts";
import type { RefusalCode } from "../../../src/domain/trust.ts";
import { broadcastTopic, evidenceTopic } from "../../../src/wire/topics.ts";
import { aSite, OTHER_GATEWAY } from "../../fixtures/desk-access.ts";
import { fakeChrony, UNSYNCHRONISED } from "./chrony.ts";
import { COMMUNE, thisMoment } from "./desk.ts";
import { delegated, rootOf, signedText } from "./forgery.ts";
import { HostileClient, type Shot } from "./hostile-client.ts";
import { atTheEnd, forFile } from "./lifetime.ts";
import { until } from "./link.ts";
import { sealedBy, untilState } from "./orders.ts";
import { GATEWAY, type MadeItem, type OrderChanges, type Station, station } from "./station.ts";
import { stretches } from "./stretches.ts";

const ATTACK_HZ = 1_320;
export const GOOD_HZ = 440;
const GOOD_FRAMES = 24_000;

/** One thing that an attacker tries. */
export interface Attack {
  readonly name: string;
  /** With what each shot is refused. Left out: it means nothing to a gateway, or says what was said before. */
  readonly refused?: RefusalCode;
  readonly shots: (scene: Siege) => AimedShot | readonly AimedShot[] | Promise<readonly AimedShot[]>;
  /** What tells that they arrived, where no order of messages does: on the media connection. */
  readonly arrived?: (scene: Siege) => Promise<unknown>;
}

/** A shot may be refused otherwise than its attack's others. */
export type AimedShot = Shot & {
  readonly refused?: RefusalCode | "not at all";
  /** So long after the one before it. */
  readonly afterMs?: number;
};

/** Attacks that are all refused alike, by their names. */
export function refusedAs(refused: RefusalCode, attacks: Readonly<Record<string, Attack["shots"]>>): readonly Attack[] {
  return Object.entries(attacks).map(([name, shots]) => ({ name, refused, shots }));
}

/** Counted and forgotten; the others are refused in the name of who really signed. */
const WITHOUT_GOOD_SIGNATURE: ReadonlySet<RefusalCode> = new Set([
  ...(["size", "schema", "binding", "key-unknown", "signature", "root-old"] as const),
]);

/**
 * What refusing may write: that it happened, and what waits for a second signature or another placement. Everything else in the gateway's databases is its state, tables of tomorrow too, and
 * stays as it was. (`meta` counts connects.)
 */
const MAY_GROW: ReadonlySet<string> = new Set(["evidence", "outbox", "refusals", "pending", "alarms", "meta"]);
/** And what a start writes by itself: the time, and once more why something waits. */
const STARTING_WRITES: ReadonlySet<string> = new Set(["savedClock", "decisions"]);
const REFUSING_RECORDS: ReadonlySet<string> = new Set(["refused", "counted", "alarm"]);

const NEVER_HAPPENS = [
  "link.down",
  "internal.fault",
  "store.failed",
  "trust.accepted",
  "control.accepted",
  "order.cancelled",
];

/** A start finds out what time it is; an attack tells nobody. */
const NO_TIME_MADE = ["clock.changed", "time.answered"];

type Picture = Readonly<Record<string, readonly unknown[]>>;

/** How things stand on the gateway and at its card. */
interface Mark {
  readonly logLines: number;
  readonly state: Picture;
  readonly records: readonly string[];
  readonly frames: number;
}

/** A gateway under attack by somebody who may publish anything on its broker, as anybody, and hears everything. */
export class Siege {
  readonly commune: Station;
  readonly attacker: HostileClient;
  /** What every forged order speaks. Its chunks stand at the broker, so whatever is accepted is heard. */
  readonly loot: MadeItem["audio"];
  readonly good: Pick<MadeItem, "bytes" | "audio">;
  readonly #barriers = new Set<string>();
  /** The only one who can say what time it is on a machine without a clock. */
  readonly chrony: ReturnType<typeof fakeChrony>;
  /** Of the good item that will close the attacks: known beforehand to whoever tries to take it. */
  readonly closingId = thisMoment().chance.ulid(Date.now());
  #toBeHeard = 0;
  readonly #databases: readonly Database.Database[];
  /** How things stood after the attack before. */
  #last: Mark | undefined;
  readonly #counted = new Map<RefusalCode, number>();

  constructor(
    commune: Station,
    attacker: HostileClient,
    loot: MadeItem["audio"],
    good: Pick<MadeItem, "bytes" | "audio">,
    chrony: ReturnType<typeof fakeChrony>,
  ) {
    this.commune = commune;
    this.attacker = attacker;
    this.loot = loot;
    this.chrony = chrony;
    this.good = good;
    this.#databases = ["orders.db", "audio.db"].map((name) => openToLook(path.join(commune.dataDirectory, name)));
  }

  /** An order that would be heard at once, were it not for what the attack does to it. */
  order(changes: OrderChanges = {}, by: Authority = this.commune.issuer): AlertOrder {
    const { issuer, level } = by.delegation.subject;
    return this.commune.order(this.loot, { issuer, level, ...changes });
  }

  /** Such an order where it belongs, well signed: by the commune unless others are named, in the name of the first. */
  spoken(changes: OrderChanges, ...by: readonly Authority[]): Shot {
    const signers = by.length === 0 ? [this.commune.issuer] : by;
    const order = this.order(changes, signers[0]);
    return this.sent(order, sealedBy(order, signers));
  }

  /** Any bytes on the topic of an order. */
  sent(order: AlertOrder, bytes: Uint8Array | string): Shot {
    return { topic: broadcastTopic(order.targets[0]?.area ?? COMMUNE, order.class === "emergency", order.id), bytes };
  }

  /** An order whose text is changed before it is signed, by a key that may speak: what only a stolen desk would write. */
  written(change: (text: string) => string, changes: OrderChanges = {}): Shot {
    const order = this.order(changes);
    const text = JSON.stringify(order);
    const changed = change(text);
    if (changed === text) throw new Error("nothing was changed");
    return this.sent(order, signedText(changed, "broadcast", this.commune.issuer));
  }

  async withstands({ refused, shots, arrived }: Attack): Promise<void> {
    const { commune, attacker } = this;
    const { agent } = commune;
    const volley = [await shots(this)].flat();
    const mark = this.#last ?? (await this.#mark());
    // Retained, as whoever wants it to be found by a gateway that starts tomorrow leaves it.
    for (const shot of volley) {
      if (shot.afterMs !== undefined) await sleep(shot.afterMs);
      await attacker.publish({ retain: true, ...shot });
    }
    await arrived?.(this);
    await this.#reached();
    const codes = volley.map((shot) => shot.refused ?? refused).filter((code) => code !== "not at all");
    const expected = codes.filter((code) => code !== undefined);
    for (const code of expected.filter((one) => WITHOUT_GOOD_SIGNATURE.has(one))) {
      this.#counted.set(code, (this.#counted.get(code) ?? 0) + 1);
    }
    expect(this.#codesSince(mark.logLines)).toEqual(expected.filter((code) => !WITHOUT_GOOD_SIGNATURE.has(code)));
    const now = await this.#mark();
    this.#last = now;
    expect(now.state).toEqual(mark.state);
    expect(now.records.slice(0, mark.records.length)).toEqual(mark.records);
    const written = now.records.slice(mark.records.length).map((line) => JSON.parse(line));
    const isRefusing = ({ kind, outcome }: { kind: string; outcome?: string }) =>
      REFUSING_RECORDS.has(kind) || outcome === "pending";
    expect(written.filter((record) => !isRefusing(record))).toEqual([]);
    const sound = (await commune.heard()).subarray(mark.frames).filter((sample) => sample !== 0);
    expect(sound).toHaveLength(0);
    const events = agent.lines.slice(mark.logLines).map(({ event }) => event);
    for (const event of [...NEVER_HAPPENS, ...NO_TIME_MADE]) expect(events).not.toContain(event);
  }

  /** After all attacks: a good item is heard whole, nothing else ever was, and what was refused is counted to the last shot. */
  async isStillHeard(): Promise<void> {
    const { commune } = this;
    const { agent } = commune;
    await this.speaks({ id: this.closingId });
    expect(await agent.end()).toMatchObject({ code: 0 });
    expect(agent.events("order.accepted").filter(({ id }) => id === this.closingId)).toHaveLength(1);
    await this.#heardOnlyGood();
    const counted = commune.evidence().filter(({ kind }) => kind === "counted");
    const sums = new Map<unknown, number>();
    for (const { code, count = 0 } of counted) sums.set(code, (sums.get(code) ?? 0) + count);
    expect(Object.fromEntries(sums)).toEqual(Object.fromEntries(this.#counted));
  }

  /** A gateway that starts is brought all of it once more, as the broker keeps it. */
  async isStillHeardAfterRestart(): Promise<void> {
    const { commune, attacker } = this;
    const before = await this.#mark();
    // The broker may have hung up on him meanwhile.
    await attacker.subscribe(evidenceTopic(GATEWAY));
    const saidBefore = attacker.captured.length;
    const agent = await commune.startAgent(this.chrony);
    const hasSubscribed = () =>
      attacker.captured.slice(saidBefore).some(({ topic }) => topic === evidenceTopic(GATEWAY));
    await until(hasSubscribed, "evidence, which is sent behind the subscriptions");
    await this.#reached();
    const now = await this.#mark();
    const settled = ({ state }: Mark) => Object.entries(state).filter(([table]) => !STARTING_WRITES.has(table));
    expect(settled(now)).toEqual(settled(before));
    expect(now.frames).toBe(before.frames);
    const events = agent.lines.map(({ event }) => event);
    for (const event of NEVER_HAPPENS) expect(events).not.toContain(event);
    await this.speaks();
    expect(await agent.end()).toMatchObject({ code: 0 });
    await this.#heardOnlyGood();
  }

  async #heardOnlyGood(): Promise<void> {
    const played = stretches(await this.commune.heard(), [GOOD_HZ]);
    expect(played).toEqual(Array.from({ length: this.#toBeHeard }, () => ({ toneHz: GOOD_HZ, frames: GOOD_FRAMES })));
  }

  /** Good words of the commune, heard to their end. */
  async speaks(changes: OrderChanges = {}, item = this.good): Promise<AlertOrder> {
    this.#toBeHeard += 1;
    const order = await this.commune.broadcast(item.bytes, item.audio, changes);
    await this.commune.agent.until("play.ended", ({ id }) => id === order.id);
    await untilState(this.commune, order, "done");
    return order;
  }

  /** Good words that wait for their time and nothing else: their state changes no more while an attack is watched. */
  async awaits(...words: Parameters<Siege["accepts"]>): Promise<AlertOrder> {
    const order = await this.accepts(...words);
    await untilState(this.commune, order, "ready");
    return order;
  }

  /** Good words, signed by whom it takes, whose audio may still be on its way. */
  async accepts(changes: OrderChanges, by: readonly Authority[] = [], audio = this.good.audio): Promise<AlertOrder> {
    const { commune } = this;
    const signers = by.length === 0 ? [commune.issuer] : by;
    const { issuer, level } = (signers[0] ?? commune.issuer).delegation.subject;
    const order = commune.order(audio, { issuer, level, ...changes });
    await commune.publishOrder(order, sealedBy(order, signers));
    await commune.agent.until("order.accepted", ({ id }) => id === order.id);
    return order;
  }

  /** One more play that has to be there in the end. */
  expectsToHear(): void {
    this.#toBeHeard += 1;
  }

  #codesSince(line: number): unknown[] {
    const notHeeded = ["order.refused", "order.pending"];
    const lines = this.commune.agent.lines.slice(line).filter(({ event }) => notHeeded.includes(event));
    return lines.filter(({ id }) => !this.#barriers.has(String(id))).map(({ code }) => code);
  }

  /** The gateway takes one message after the other: when this one is refused, all before it have had whatever effect they have. */
  async #reached(): Promise<void> {
    const { commune, attacker } = this;
    const order = this.order();
    this.#barriers.add(order.id);
    // Each by a key of its own: no key gets a bad name. It may not speak here, whatever time it is.
    const elsewhere = delegated(rootOf(commune.desk), { areas: ["xa-khac"] });
    await attacker.publish(this.sent(order, commune.signed(order, elsewhere)));
    await commune.agent.until("order.refused", ({ id }) => id === order.id);
  }

  async #mark(): Promise<Mark> {
    const { commune } = this;
    return {
      logLines: commune.agent.lines.length,
      state: Object.assign({}, ...this.#databases.map(picture)),
      records: commune.rows<{ line: string }>("SELECT line FROM evidence ORDER BY q").map(({ line }) => line),
      frames: (await commune.heard()).length,
    };
  }
}

function openToLook(file: string): Database.Database {
  const database = new Database(file, { readonly: true, fileMustExist: true });
  atTheEnd(() => database.close());
  return database;
}

/** Every row of every table that is state, by the table's name. */
function picture(database: Database.Database): Picture {
  const tables = database.prepare<[], { name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const state = tables.map(({ name }) => name).filter((name) => !MAY_GROW.has(name));
  return Object.fromEntries(state.map((name) => [name, database.prepare(`SELECT * FROM "${name}"`).all()]));
}

/** Somebody from another commune of the province: the broker knows the certificate, and no gateway believes the key. */
export async function attackerOf(commune: Station): Promise<HostileClient> {
  const request = aSite({ gateway: OTHER_GATEWAY });
  const { bundle } = await enrolGateway(commune.desk, request, thisMoment());
  const read = (name: string) => readFileSync(path.join(bundle, name), "utf8");
  const identity = { caPem: read("broker-ca.pem"), certPem: read("tls-cert.pem"), keyPem: read("tls-key.pem") };
  const attacker = new HostileClient(commune.bench.broker.port, "attacker", identity);
  atTheEnd(() => attacker.end());
  await attacker.connect();
  await attacker.subscribe("#");
  return attacker;
}

async function siege(isTimeless: boolean): Promise<Siege> {
  const config = isTimeless ? { clock: { source: "chrony" } } : {};
  const commune = await station({ withServer: false, access: "open", config });
  const chrony = fakeChrony(commune);
  chrony.answers(UNSYNCHRONISED);
  const attacker = await attackerOf(commune);
  const bad = await commune.tone(ATTACK_HZ);
  const good = await commune.tone(GOOD_HZ);
  await commune.publishChunks(bad.bytes);
  await commune.startAgent(chrony);
  const scene = new Siege(commune, attacker, bad.audio, good, chrony);
  if (!isTimeless) await scene.speaks();
  return scene;
}

interface Course {
  /** Nobody tells the gateway what time it is, until it is relieved. */
  readonly isTimeless?: boolean;
  /** What stands before the attacks begin. */
  readonly prepare?: (scene: Siege) => Promise<void>;
  /** What is done between them and the good item that closes them. */
  readonly relieve?: (scene: Siege) => Promise<void>;
}

/** A test for each attack on one gateway of the file's own, and the good item that closes them. */
export function besieged(attacks: readonly Attack[], { prepare, relieve, isTimeless = false }: Course = {}): void {
  let scene: Siege | undefined;
  const current = (): Siege => {
    if (scene === undefined) throw new Error("the gateway was not made");
    return scene;
  };
  let end: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    end = await forFile(async () => {
      scene = await siege(isTimeless);
      await prepare?.(scene);
    });
  });
  afterAll(() => end?.());
  test.each(attacks)("$name", (attack) => current().withstands(attack));
  test("and after all that, what the commune says is heard, and nothing else was", async () => {
    await relieve?.(current());
    await current().isStillHeard();
  });
  test("nor is it after a restart, with all that the attacker left at the broker", () =>
    current().isStillHeardAfterRestart());
}
