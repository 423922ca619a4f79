import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { connectAsync, type MqttClient } from "mqtt";
import { SystemChance } from "../../../src/adapters/chance.ts";
import { loadSigner } from "../../../src/adapters/signer.ts";
import { SystemClock } from "../../../src/adapters/system-clock.ts";
import { SystemTimers } from "../../../src/adapters/timers.ts";
import { readEnrolment } from "../../../src/config/enrolment.ts";
import { chainStart, encodeLine, foldLines } from "../../../src/core/evidence.ts";
import { type Authority, loadAuthority } from "../../../src/desk/authority.ts";
import { type AuthorityRequest, createAuthority } from "../../../src/desk/delegate.ts";
import { createDesk, type Desk, openDesk } from "../../../src/desk/desk.ts";
import { enrolGateway } from "../../../src/desk/enrolment.ts";
import { Herald } from "../../../src/desk/herald.ts";
import { Keyring } from "../../../src/desk/keyring.ts";
import { servingLink } from "../../../src/desk/link.ts";
import type { Moment } from "../../../src/desk/moment.ts";
import { OPERATIONS } from "../../../src/desk/names.ts";
import type { Site } from "../../../src/desk/placing.ts";
import { openRootKeys } from "../../../src/desk/root-keys.ts";
import { DeskServer } from "../../../src/desk/serve.ts";
import type { ServeEvent } from "../../../src/desk/serve-event.ts";
import { withServicePassphrase } from "../../../src/desk/service-passphrase.ts";
import type { Signer, Timers } from "../../../src/domain/ports.ts";
import type { EvidenceLine } from "../../../src/domain/report.ts";
import type { KeyUse } from "../../../src/domain/trust.ts";
import { seal } from "../../../src/wire/envelope.ts";
import { FakeLog } from "../../fakes/log.ts";
import { always, PASSPHRASE, TEST_KEY_COST } from "../../fakes/passphrases.ts";
import { aSite, deskIdentity } from "../../fixtures/desk-access.ts";
import { endWithTest, freePort, TestBroker } from "./broker.ts";
import { atTheEnd } from "./lifetime.ts";
import { until } from "./link.ts";

export const BULLETIN = path.resolve(import.meta.dirname, "../../fixtures/ban-tin.mp3");
export const COMMUNE = "xa-hoa-binh";
export const ISSUER = "ubnd.hoa-binh";

export function thisMoment(): Moment {
  return { nowMs: Date.now(), chance: new SystemChance() };
}

/** A desk with its own keys open. */
export interface OpenDesk extends Desk {
  readonly rootKey: Signer;
  readonly operations: Authority;
  readonly service: Authority;
}

/** A desk made as an operator makes it, and the broker that came with it, not started yet. */
export interface DeskBench {
  readonly desk: OpenDesk;
  readonly broker: TestBroker;
  readonly folder: string;
}

/** `open`: the broker lets everybody say and hear everything. Else its access list is as shipped. */
export type BrokerAccess = "shipped" | "open";

export async function deskBench({ access = "shipped" }: { readonly access?: BrokerAccess } = {}): Promise<DeskBench> {
  const parent = mkdtempSync(path.join(tmpdir(), "loa-desk-"));
  atTheEnd(() => rmSync(parent, { recursive: true, force: true }));
  const folder = path.join(parent, "desk");
  const port = await freePort();
  const url = `mqtts://127.0.0.1:${port}`;
  const territory = { id: "tinh-a", kind: "province" } as const;
  // For the commands that a test starts.
  process.env["LOA_PASSPHRASE_FILE"] = path.join(parent, "passphrase");
  writeFileSync(path.join(parent, "passphrase"), PASSPHRASE, { mode: 0o600 });
  const made = { holders: ["holder-1"], threshold: 1, passphrases: always(), keyCost: TEST_KEY_COST };
  await createDesk({ path: folder, broker: url, territory, timeZone: "Asia/Ho_Chi_Minh", ...made }, thisMoment());
  const desk = await opened(openDesk(folder, Date.now(), always()));
  atTheEnd(() => desk.close());
  if (access === "open") writeFileSync(path.join(desk.folder.broker, "acl"), "pattern readwrite #\n");
  const broker = new TestBroker(port, desk.folder.broker, url);
  endWithTest(broker);
  return { desk, broker, folder };
}

async function opened(desk: Desk): Promise<OpenDesk> {
  const keys = new Keyring(withServicePassphrase(always(), desk.folder.servicePassphrase), TEST_KEY_COST);
  const opening = { ...desk, keys };
  const [rootKey] = (await openRootKeys(opening, desk.root.root, 1)).signers;
  if (rootKey === undefined) throw new Error("a desk without a root key");
  return {
    ...opening,
    rootKey,
    operations: await loadAuthority(opening, OPERATIONS, "placement"),
    service: await loadAuthority(opening, OPERATIONS, "ingest"),
  };
}

export async function makeIssuer(desk: Desk, changes: Partial<AuthorityRequest> = {}): Promise<Authority> {
  const request: AuthorityRequest = {
    name: ISSUER,
    holder: ISSUER,
    level: "commune",
    areas: [COMMUNE],
    classMax: "emergency",
    severityMax: 2,
    uses: ["broadcast"],
    days: 90,
    ...changes,
  };
  const placements = desk.database.register.all().map(({ placement }) => placement);
  return await createAuthority(desk, request, placements, thisMoment());
}

/** A report before its common members are added; not all of them are meant to be good. */
export type Said = { readonly type: string; readonly [member: string]: unknown };

/** A gateway played by the test: its own certificate and key, and nothing else of an agent. */
export class ScriptedGateway {
  readonly id: string;
  readonly client: MqttClient;
  readonly received = new Map<string, Buffer>();
  readonly #signer: Signer;

  constructor(id: string, client: MqttClient, signer: Signer) {
    this.id = id;
    this.client = client;
    this.#signer = signer;
    client.on("message", (topic, payload) => this.received.set(topic, payload));
  }

  /** A report sealed with this gateway's key, or with a stranger's. */
  seal(report: Said, signer: Signer = this.#signer): Buffer {
    const issuedAt = Math.floor(Date.now() / 1000);
    return Buffer.from(seal({ version: 1, gateway: this.id, issuedAt, ...report }, [signer], issuedAt));
  }

  async say(topic: string, report: Said, signer?: Signer): Promise<void> {
    await this.client.publishAsync(topic, this.seal(report, signer), { qos: 1 });
  }
}

export async function enrolScripted(desk: Desk, changes: Partial<Site> = {}): Promise<ScriptedGateway> {
  const request = aSite(changes);
  const { bundle } = await enrolGateway(desk, request, thisMoment());
  const { tls, brokers, gatewayKeyPath } = readEnrolment(bundle);
  const client = await connectAsync(brokers[0] ?? "", {
    ...{ protocolVersion: 5, clientId: request.gateway, reconnectPeriod: 50 },
    ...{ ca: tls.caPem, cert: tls.certPem, key: tls.keyPem },
  });
  atTheEnd(() => client.endAsync(true));
  return new ScriptedGateway(request.gateway, client, loadSigner(gatewayKeyPath));
}

export interface RunningServer {
  readonly server: DeskServer;
  readonly events: ServeEvent[];
  /** Waits for an event of this kind, beginning with the next one that was not waited for yet. */
  next<Kind extends ServeEvent["event"]>(kind: Kind): Promise<Extract<ServeEvent, { event: Kind }>>;
}

export interface ServeOptions {
  readonly tellsTime?: boolean | undefined;
  /** Who say what is in force. */
  readonly heralds?: readonly Authority[];
}

/** `desk serve` without its command line. With `chores` the test says when an interval is over. */
export function serve(
  desk: OpenDesk,
  chores?: Pick<Timers, "every">,
  { tellsTime = true, heralds = [] }: ServeOptions = {},
): RunningServer {
  const log = new FakeLog();
  const timers = new SystemTimers(log);
  const clock = new SystemClock("assumed", timers, log);
  const chance = new SystemChance();
  const events: ServeEvent[] = [];
  const server = new DeskServer({
    database: desk.database,
    keys: {
      service: tellsTime ? desk.service : without("time", desk.service),
      heralds: heralds.map((authority) => new Herald(desk.database, authority, () => desk.root.root.rootVersion)),
      follow: async () => false,
    },
    // By no chance: a broker that is back is found within seconds, however long it was away.
    link: servingLink(desk, { clock, timers, chance: { fraction: () => 0.1 }, log }),
    clock,
    timers: chores ?? timers,
    chance,
    broker: desk.settings.broker,
    tell: (event) => events.push(event),
    fault: (error) => {
      throw error;
    },
  });
  atTheEnd(() => server.stop());
  server.start();
  const looked = new Map<string, number>();
  const next = async <Kind extends ServeEvent["event"]>(kind: Kind) => {
    const from = looked.get(kind) ?? 0;
    const find = () => events.findIndex((event, index) => index >= from && event.event === kind);
    await until(() => find() >= 0, `event ${kind} after ${JSON.stringify(events.slice(-3))}`);
    looked.set(kind, find() + 1);
    return events[find()] as never;
  };
  return { server, events, next };
}

function without(use: KeyUse, authority: Authority): Authority {
  const { delegation } = authority;
  return { ...authority, delegation: { ...delegation, uses: delegation.uses.filter((one) => one !== use) } };
}

/** A chain of evidence as a gateway writes it, cut into batches at will. */
export class ScriptedChain {
  readonly #gateway: string;
  readonly epoch: string;
  readonly lines: string[] = [];

  constructor(gateway: string, epoch = new SystemChance().ulid(Date.now())) {
    this.#gateway = gateway;
    this.epoch = epoch;
  }

  record(fact: Partial<EvidenceLine> & Pick<EvidenceLine, "kind">): this {
    const q = this.lines.length + 1;
    this.lines.push(encodeLine({ q, clock: "sync", boot: "boot-1", monotonicMs: q * 1_000, ...fact }));
    return this;
  }

  batch(from: number, to: number): Said {
    const lines = this.lines.slice(from - 1, to);
    return {
      ...{ type: "evidence", epoch: this.epoch, from, to, lines },
      previousHash: this.hashAt(from - 1),
      headHash: this.hashAt(to),
    };
  }

  hashAt(q: number): string {
    const hash = foldLines(chainStart(this.#gateway, this.epoch), this.lines.slice(0, q));
    return Buffer.from(hash).toString("base64url");
  }
}

/** What somebody with a desk's certificate sees on the broker. */
export async function onlooker(
  desk: Desk,
  filters: readonly string[],
): Promise<Map<string, { payload: Buffer; expirySeconds: number | undefined }>> {
  const client = await connectAsync(desk.settings.broker, {
    ...{ protocolVersion: 5, clientId: `onlooker-${randomUUID()}`, reconnectPeriod: 50 },
    ...deskIdentity(desk),
  });
  atTheEnd(() => client.endAsync(true));
  const seen = new Map<string, { payload: Buffer; expirySeconds: number | undefined }>();
  client.on("message", (topic, payload, packet) => {
    if (payload.byteLength === 0) seen.delete(topic);
    else seen.set(topic, { payload, expirySeconds: packet.properties?.messageExpiryInterval });
  });
  await client.subscribeAsync([...filters], { qos: 1 });
  return seen;
}
