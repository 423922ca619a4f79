import type { GatewayId } from "../domain/broadcast.ts";
import { AgentFailure } from "../domain/failure.ts";
import type { UnixMs, UnixSeconds } from "../domain/time.ts";
import { say } from "../texts/say.ts";
import { ALARM_TABLES, Alarms } from "./alarms.ts";
import {
  BROADCAST_TABLES,
  Broadcasts,
  FATE_OF_BROADCASTS,
  KEYS_OF_STANDING,
  SIGNERS_OF_STANDING,
} from "./broadcasts.ts";
import { CLOCK_TABLES, ClockMemory } from "./clock.ts";
import { CONTROL_TABLES, Controls, KEYS_OF_CONTROLS, SIGNERS_OF_CONTROLS } from "./controls.ts";
import { DECISION_TABLES, Decisions } from "./decisions.ts";
import { readEpochFile, writeEpochFile } from "./epoch-file.ts";
import { EVIDENCE_TABLES, type EvidenceChain, EvidenceLog } from "./evidence.ts";
import { META_TABLES, Meta } from "./meta.ts";
import type { Migration } from "./migrations.ts";
import { type OpeningPlan, openDatabase, openReadOnly } from "./opening.ts";
import { OUTBOX_TABLES, Outbox } from "./outbox.ts";
import { PENDING_TABLES, Pending } from "./pending.ts";
import { PLAY_TABLES, Plays } from "./plays.ts";
import { Refusals, SEEN_TABLES, Seen } from "./seen.ts";
import type { SetAside } from "./set-aside.ts";
import type { SqlDatabase } from "./sqlite.ts";
import { SCOPED_TRUST_TABLES, TRUST_TABLES, TrustDocuments } from "./trust.ts";
import { KEYS_OF_WITHDRAWALS, SIGNERS_OF_WITHDRAWALS, WITHDRAWAL_TABLES, Withdrawals } from "./withdrawals.ts";

const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: [
      META_TABLES,
      BROADCAST_TABLES,
      SEEN_TABLES,
      PLAY_TABLES,
      DECISION_TABLES,
      EVIDENCE_TABLES,
      OUTBOX_TABLES,
      TRUST_TABLES,
      ALARM_TABLES,
    ].join(""),
  },
  { version: 2, sql: [WITHDRAWAL_TABLES, CONTROL_TABLES].join("") },
  { version: 3, sql: SCOPED_TRUST_TABLES },
  { version: 4, sql: [KEYS_OF_STANDING, KEYS_OF_WITHDRAWALS, KEYS_OF_CONTROLS, PENDING_TABLES].join("") },
  { version: 5, sql: CLOCK_TABLES },
  { version: 6, sql: [SIGNERS_OF_STANDING, SIGNERS_OF_CONTROLS, SIGNERS_OF_WITHDRAWALS].join("") },
  { version: 7, sql: FATE_OF_BROADCASTS },
];

const PRAGMAS = [
  "journal_mode = WAL",
  "synchronous = FULL", // A commit that returned is on the medium: a PUBACK depends on it.
  "foreign_keys = ON",
  "temp_store = MEMORY",
  "cache_size = -2048", // KiB: the box has 1 GB for everything.
  "wal_autocheckpoint = 1000", // 4 MiB of log: pages that change often (evidence, outbox) reach the file once a checkpoint.
  "journal_size_limit = 4194304",
];
const ASIDES_KEPT = 3;

/** Everything about orders and evidence that outlives a power cut. Throws AgentFailure `disk-full` or `database-broken`. */
export class OrdersStore {
  readonly meta: Meta;
  readonly broadcasts: Broadcasts;
  readonly seen: Seen;
  readonly refusals: Refusals;
  readonly withdrawals: Withdrawals;
  readonly controls: Controls;
  readonly pending: Pending;
  readonly plays: Plays;
  readonly decisions: Decisions;
  readonly evidence: EvidenceLog;
  readonly outbox: Outbox;
  readonly trust: TrustDocuments;
  readonly alarms: Alarms;
  readonly clock: ClockMemory;
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase, meta: Meta, evidence: EvidenceLog) {
    this.#database = database;
    this.meta = meta;
    this.evidence = evidence;
    this.broadcasts = new Broadcasts(database);
    this.seen = new Seen(database);
    this.refusals = new Refusals(database);
    this.withdrawals = new Withdrawals(database);
    this.controls = new Controls(database);
    this.pending = new Pending(database);
    this.plays = new Plays(database);
    this.decisions = new Decisions(database);
    this.outbox = new Outbox(database);
    this.trust = new TrustDocuments(database);
    this.alarms = new Alarms(database);
    this.clock = new ClockMemory(database);
  }

  /** All of `work` or nothing, on the medium when this returns. Nests: an inner one that throws undoes only itself. */
  transaction<Result>(work: () => Result): Result {
    return this.#database.transaction(work);
  }

  /**
   * Forgets what nobody can ask for any more; evidence is none of its business. Call it only by a settled clock.
   * Updates and cancels that never found their order go at their expiry. Seen and refused identities go a week after their expiry, broadcasts in a final state too, plays a week after they ended
   * and after their broadcast.
   */
  prune(now: UnixSeconds): void {
    this.transaction(() => {
      this.seen.prune(now);
      this.refusals.prune(now);
      this.withdrawals.prune(now);
      this.controls.prune(now - FORGOTTEN_AFTER_SECONDS);
      this.broadcasts.prune(now - FORGOTTEN_AFTER_SECONDS);
      this.plays.prune((now - FORGOTTEN_AFTER_SECONDS) * 1000);
    });
  }

  /** It can be written, and no damage has been met. */
  isSound(): boolean {
    return this.#database.isSound();
  }

  /** Safe to call twice. */
  close(): void {
    this.#database.close();
  }
}

const FORGOTTEN_AFTER_SECONDS = 7 * 86_400;

export interface OrdersOptions {
  readonly path: string;
  /** A small file outside the database that keeps the epoch's id, best in the enrolment folder. */
  readonly epochPath: string;
  readonly gateway: GatewayId;
  readonly chain: EvidenceChain;
  /** Makes the ULID of a new epoch. */
  readonly newEpoch: () => string;
  readonly nowMs: UnixMs;
  /** Other than EVIDENCE_LIMIT_BYTES, in tests. */
  readonly evidenceLimitBytes?: number | undefined;
}

export interface OpenedOrders {
  readonly orders: OrdersStore;
  readonly epoch: string;
  /** Begun by this opening: a first start, or after a loss. */
  readonly isNewEpoch: boolean;
  /** Known only where this epoch began because an earlier database was lost: the rules for old emergencies ask for it. */
  readonly previousEpoch: string | undefined;
  /** A broken database that was found and put aside: raise alarm `storage`. */
  readonly setAside: SetAside | undefined;
}

/**
 * Opens or creates the orders database. Throws `database-newer` and `enrolment-invalid` (another gateway's), both with
 * nothing changed; `disk-full`; `database-broken` when the world is in the way. A broken file is put aside and replaced.
 */
export function openOrders(options: OrdersOptions): OpenedOrders {
  const plan: OpeningPlan<Omit<OpenedOrders, "setAside">> = {
    path: options.path,
    pragmas: PRAGMAS,
    migrations: MIGRATIONS,
    quickCheck: true,
    nowMs: options.nowMs,
    asidesKept: ASIDES_KEPT,
    build: (database) => {
      const meta = new Meta(database);
      const begun = beginEpoch(database, meta, options);
      const { chain, gateway, evidenceLimitBytes } = options;
      const evidence = new EvidenceLog(database, chain, { gateway, epoch: begun.epoch }, evidenceLimitBytes);
      return { ...begun, orders: new OrdersStore(database, meta, evidence) };
    },
  };
  const { store, setAside } = openDatabase(plan);
  return { ...store, setAside };
}

function beginEpoch(database: SqlDatabase, meta: Meta, { path, epochPath, gateway, newEpoch }: OrdersOptions) {
  refuseForeign(meta, path, gateway);
  const remembered = readEpochFile(epochPath);
  const kept = meta.text("epoch");
  if (kept !== undefined) {
    // A crash between the two writes of a new epoch, or a new enrolment folder.
    if (remembered !== kept) writeEpochFile(epochPath, kept);
    return { epoch: kept, previousEpoch: meta.text("previousEpoch"), isNewEpoch: false };
  }
  const epoch = newEpoch();
  database.transaction(() => {
    meta.setText("gateway", gateway);
    meta.setText("epoch", epoch);
    if (remembered !== undefined) meta.setText("previousEpoch", remembered);
  });
  // Second, so that a crash in between is seen as a database that goes on, and never as one that was lost.
  writeEpochFile(epochPath, epoch);
  return { epoch, previousEpoch: remembered, isNewEpoch: true };
}

function refuseForeign(meta: Meta, path: string, expected: GatewayId): void {
  const found = meta.text("gateway");
  if (found === undefined || found === expected) return;
  throw new AgentFailure("enrolment-invalid", say("failure.databaseForeign.message", { path, found, expected }), {
    hint: say("failure.databaseForeign.hint"),
  });
}

/**
 * The same to look at, while no agent runs: writes nothing and leaves no file behind. Throws `database-newer`, or
 * `database-broken` when there is none or it can't be read.
 */
export function openOrdersReadOnly(path: string, chain: EvidenceChain): OrdersStore {
  const database = openReadOnly(path, MIGRATIONS);
  const meta = new Meta(database);
  const origin = { gateway: meta.text("gateway") ?? "", epoch: meta.text("epoch") ?? "" };
  return new OrdersStore(database, meta, new EvidenceLog(database, chain, origin));
}
