import type { ItemKey } from "../domain/broadcast.ts";
import type { BroadcastClass } from "../domain/precedence.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { RefusalCode } from "../domain/trust.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";

export const PENDING_TABLES = `
  CREATE TABLE pending (
    entry INTEGER PRIMARY KEY,
    issuer TEXT NOT NULL, id TEXT NOT NULL, payloadHash TEXT NOT NULL, class TEXT NOT NULL, code TEXT NOT NULL,
    topic TEXT NOT NULL, expiresAt INTEGER NOT NULL, bytes INTEGER NOT NULL, envelope BLOB NOT NULL,
    UNIQUE (issuer, id, payloadHash)
  ) STRICT;
`;

/** A well-signed message that is refused for a reason that may pass, as it was received. */
export interface PendingMessage {
  readonly key: ItemKey;
  readonly payloadHash: string;
  /** How urgent it calls itself: what is kept longest when room runs out. */
  readonly class: BroadcastClass;
  readonly code: Extract<RefusalCode, "not-targeted" | "quorum">;
  readonly topic: string;
  readonly expiresAt: UnixSeconds;
  readonly envelope: Uint8Array;
}

export type PendingSize = Pick<PendingMessage, "key" | "payloadHash" | "class"> & { readonly bytes: number };

type Row = Omit<PendingMessage, "key"> & ItemKey;

/** What waits for a reason to pass. Not in `seen`: it has had no effect yet. */
export class Pending {
  readonly #put: Statement<[string, string, string, string, string, string, number, number, Uint8Array]>;
  readonly #get: Statement<[string, string, string], Row>;
  readonly #all: Statement<[], Row>;
  readonly #sizes: Statement<[], Omit<PendingSize, "key"> & ItemKey>;
  readonly #remove: Statement<[string, string, string]>;

  constructor(database: SqlDatabase) {
    this.#put = database.prepare(`
      INSERT INTO pending (issuer, id, payloadHash, class, code, topic, expiresAt, bytes, envelope)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (issuer, id, payloadHash) DO UPDATE
        SET code = excluded.code, topic = excluded.topic, bytes = excluded.bytes, envelope = excluded.envelope`);
    const columns = "issuer, id, payloadHash, class, code, topic, expiresAt, envelope";
    this.#get = database.prepare(`SELECT ${columns} FROM pending WHERE issuer = ? AND id = ? AND payloadHash = ?`);
    this.#all = database.prepare(`SELECT ${columns} FROM pending ORDER BY class <> 'emergency', entry`);
    this.#sizes = database.prepare("SELECT issuer, id, payloadHash, class, bytes FROM pending ORDER BY entry");
    this.#remove = database.prepare("DELETE FROM pending WHERE issuer = ? AND id = ? AND payloadHash = ?");
  }

  /** The same payload again takes the place of what was kept of it. */
  put({ key, payloadHash, code, topic, expiresAt, envelope, ...message }: PendingMessage): void {
    const { issuer, id } = key;
    const bytes = envelope.byteLength;
    this.#put.run(issuer, id, payloadHash, message.class, code, topic, expiresAt, bytes, envelope);
  }

  get({ issuer, id }: ItemKey, payloadHash: string): PendingMessage | undefined {
    const row = this.#get.get(issuer, id, payloadHash);
    return row && fromRow(row);
  }

  /** Emergencies first, then as they came. */
  all(): PendingMessage[] {
    return this.#all.all().map(fromRow);
  }

  /** Without their envelopes, in the order in which they came. */
  sizes(): PendingSize[] {
    return this.#sizes.all().map(({ issuer, id, ...size }) => ({ key: { issuer, id }, ...size }));
  }

  /** Returns whether it was here. */
  remove({ issuer, id }: ItemKey, payloadHash: string): boolean {
    return this.#remove.run(issuer, id, payloadHash) === 1;
  }
}

function fromRow({ issuer, id, ...rest }: Row): PendingMessage {
  return { key: { issuer, id }, ...rest };
}
