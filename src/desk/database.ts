import type { UnixMs } from "../domain/time.ts";
import type { Migration } from "../store/migrations.ts";
import { openDatabase } from "../store/opening.ts";
import type { SqlDatabase } from "../store/sqlite.ts";
import { AuditHead } from "./audit-head.ts";
import { Broadcasts } from "./broadcasts.ts";
import { EvidenceArchive } from "./evidence-archive.ts";
import { deskFailure } from "./failure.ts";
import { Register } from "./register.ts";
import { Reports } from "./reports.ts";
import { Retained } from "./retained.ts";
import { RevokedKeys } from "./revoked-keys.ts";
import { Sequences } from "./sequences.ts";
import { Vouchers } from "./vouchers.ts";

const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    sql: `
      CREATE TABLE gateways (
        gateway TEXT PRIMARY KEY, serial TEXT NOT NULL, public_key TEXT NOT NULL, commune TEXT NOT NULL,
        placement TEXT NOT NULL, enrolled_at INTEGER NOT NULL
      ) STRICT;
      CREATE TABLE retained (topic TEXT PRIMARY KEY, payload BLOB NOT NULL, expires_at INTEGER NOT NULL) STRICT;
      CREATE TABLE broadcasts (
        issuer TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT NULL, title TEXT NOT NULL, class TEXT NOT NULL,
        issued_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, envelope BLOB NOT NULL, PRIMARY KEY (issuer, id)
      ) STRICT;
      CREATE TABLE evidence (
        gateway TEXT NOT NULL, epoch TEXT NOT NULL, q INTEGER NOT NULL, hash BLOB NOT NULL, line TEXT NOT NULL,
        PRIMARY KEY (gateway, epoch, q)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE reports (
        gateway TEXT NOT NULL, subject TEXT NOT NULL, age INTEGER NOT NULL, received_at INTEGER NOT NULL,
        payload TEXT NOT NULL, PRIMARY KEY (gateway, subject)
      ) STRICT;
      CREATE TABLE sequences (document TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT;
    `,
  },
  {
    version: 2,
    sql: `
      CREATE TABLE audit (one INTEGER PRIMARY KEY CHECK (one = 1), n INTEGER NOT NULL, hash TEXT NOT NULL) STRICT;
    `,
  },
  {
    version: 20,
    sql: `
      CREATE TABLE vouchers (
        gateway TEXT PRIMARY KEY, serial TEXT NOT NULL, secret_hash TEXT NOT NULL, placement BLOB NOT NULL,
        holder TEXT NOT NULL, expires_at INTEGER NOT NULL, used_by TEXT, bundle TEXT
      ) STRICT;
    `,
  },
  {
    version: 21,
    sql: `
      CREATE TABLE revoked (
        issuer TEXT NOT NULL, area TEXT NOT NULL, kid TEXT NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL,
        until INTEGER NOT NULL, PRIMARY KEY (issuer, area, kid)
      ) STRICT;
    `,
  },
];

/** The tables of a desk, by who speaks of what. */
export interface DeskDatabase {
  readonly register: Register;
  readonly retained: Retained;
  readonly broadcasts: Broadcasts;
  readonly evidence: EvidenceArchive;
  readonly reports: Reports;
  readonly sequences: Sequences;
  readonly vouchers: Vouchers;
  readonly revoked: RevokedKeys;
  readonly auditHead: AuditHead;
  /** All of `work` or nothing of it, on disk when this returns. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}

/**
 * Several desk commands may have it open at once.
 * @throws AgentFailure `database-newer`, `database-broken`, `disk-full`
 */
export function openDeskDatabase(path: string, nowMs: UnixMs): DeskDatabase {
  const { store, setAside } = openDatabase({
    path,
    pragmas: ["journal_mode = WAL", "synchronous = FULL"],
    migrations: MIGRATIONS,
    quickCheck: true,
    nowMs,
    asidesKept: 4,
    build,
  });
  // Unlike a gateway, a desk can't go on with an empty one: nobody's reports would be recognised.
  if (setAside !== undefined) {
    store.close();
    throw deskFailure("desk.database", { path, aside: setAside.path, reason: setAside.reason }, "database-broken");
  }
  return store;
}

function build(database: SqlDatabase): DeskDatabase {
  return {
    register: new Register(database),
    retained: new Retained(database),
    broadcasts: new Broadcasts(database),
    evidence: new EvidenceArchive(database),
    reports: new Reports(database),
    sequences: new Sequences(database),
    vouchers: new Vouchers(database),
    revoked: new RevokedKeys(database),
    auditHead: new AuditHead(database),
    transaction: (work) => database.transaction(work),
    close: () => database.close(),
  };
}
