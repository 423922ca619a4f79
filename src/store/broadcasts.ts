import type { ItemKey } from "../domain/broadcast.ts";
import type { BroadcastClass } from "../domain/precedence.ts";
import type { ItemState, QueueReport } from "../domain/report.ts";
import type { Standing } from "../domain/standing.ts";
import type { UnixMs, UnixSeconds } from "../domain/time.ts";
import { IS_FINAL } from "./final-states.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";

// Envelopes stand apart because they are written once and are up to 64 KiB, while the state beside them changes often.
export const BROADCAST_TABLES = `
  CREATE TABLE broadcasts (
    item INTEGER PRIMARY KEY,
    issuer TEXT NOT NULL, id TEXT NOT NULL, payloadHash TEXT NOT NULL, topic TEXT NOT NULL, class TEXT NOT NULL,
    standing TEXT NOT NULL, audioHash TEXT, expiresAt INTEGER NOT NULL, acceptedAtMs INTEGER NOT NULL,
    state TEXT NOT NULL, code TEXT, stateAtMs INTEGER NOT NULL,
    UNIQUE (issuer, id)
  ) STRICT;
  CREATE TABLE envelopes (
    item INTEGER PRIMARY KEY REFERENCES broadcasts (item) ON DELETE CASCADE, bytes BLOB NOT NULL
  ) STRICT;
`;

/**
 * Orders accepted before the keys that they hang on were kept: of those the signers are known, and that is what they can be taken
 * back by. Without a level anybody's revocation counts.
 */
export const KEYS_OF_STANDING = `
  UPDATE broadcasts SET standing = json_set(standing, '$.keys', json((
    SELECT json_group_array(json_object('kid', json_extract(signer.value, '$.kid'), 'issuer', broadcasts.issuer, 'level', '',
      'signedAt', acceptedAtMs / 1000, 'issuedAt', acceptedAtMs / 1000))
    FROM json_each(broadcasts.standing, '$.signers') AS signer)));
`;

/** Which of the keys each signature hangs on was not kept: they hang on all of them. */
export const SIGNERS_OF_STANDING = `
  UPDATE broadcasts SET standing = json_remove(json_set(standing, '$.signers', json((
    SELECT json_group_array(json_set(signer.value, '$.signedAt', 0, '$.keys', json_extract(broadcasts.standing, '$.keys')))
    FROM json_each(broadcasts.standing, '$.signers') AS signer))), '$.keys');
`;

/** What has to be known after a restart too. An order of before it was accepted by a clock, as far as anybody knows. */
export const FATE_OF_BROADCASTS = `
  ALTER TABLE broadcasts ADD COLUMN untimed INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE broadcasts ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
`;

export interface AcceptedBroadcast {
  readonly key: ItemKey;
  readonly payloadHash: string;
  readonly topic: string;
  /** What verifying found out; kept because it is not in the order's own words. */
  readonly standing: Standing;
  /** Hash of the audio file it needs; undefined for a cancel. */
  readonly audioHash?: string | undefined;
  readonly expiresAt: UnixSeconds;
  readonly acceptedAtMs: UnixMs;
  /** Accepted while nobody knew the time: `acceptedAtMs` may lie long before. */
  readonly untimed: boolean;
  readonly state: ItemState;
}

export interface StoredBroadcast extends AcceptedBroadcast {
  /** As arbitrated: that of its standing. */
  readonly class: BroadcastClass;
  /** Why it is in this state, where there is a reason: a refusal or fault code. */
  readonly code?: string | undefined;
  readonly stateAtMs: UnixMs;
  /** Its issuer no longer names it: it ends with what sounds of it. */
  readonly withdrawn: boolean;
}

/** One order's hold on an audio file, whatever became of the order. */
export type AudioUse = Pick<StoredBroadcast, "key" | "class" | "state" | "expiresAt"> & { readonly audioHash: string };

type Row = Omit<StoredBroadcast, "key" | "standing" | "code" | "audioHash" | "untimed" | "withdrawn"> &
  ItemKey & { standing: string; code: string | null; audioHash: string | null; untimed: number; withdrawn: number };

const COLUMNS =
  "issuer, id, payloadHash, topic, class, standing, audioHash, expiresAt, acceptedAtMs, state, code, stateAtMs, untimed, withdrawn";

/** Accepted orders, as received and as far as they have come. */
export class Broadcasts {
  readonly #database: SqlDatabase;
  readonly #insert: Statement<
    [string, string, string, string, string, string, string | null, number, number, string, number, number],
    { item: number }
  >;
  readonly #insertEnvelope: Statement<[number, Uint8Array]>;
  readonly #find: Statement<[string, string], Row>;
  readonly #envelope: Statement<[string, string], { bytes: Uint8Array }>;
  readonly #setStanding: Statement<[string, string, string, string], { item: number }>;
  readonly #setEnvelope: Statement<[Uint8Array, number]>;
  readonly #setState: Statement<[string, string | null, number, string, string]>;
  readonly #withdraw: Statement<[string, string]>;
  readonly #active: Statement<[], Row>;
  readonly #recent: Statement<[number], Row>;
  readonly #like: Statement<[string, number], Row>;
  readonly #counts: Statement<[], { class: BroadcastClass; count: number }>;
  readonly #audioUses: Statement<[], Omit<AudioUse, "key"> & ItemKey>;
  readonly #prune: Statement<[number]>;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#insert = database.prepare(`
      INSERT INTO broadcasts
        (issuer, id, payloadHash, topic, class, standing, audioHash, expiresAt, acceptedAtMs, state, stateAtMs, untimed)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING item`);
    this.#insertEnvelope = database.prepare("INSERT INTO envelopes (item, bytes) VALUES (?, ?)");
    this.#find = database.prepare(`SELECT ${COLUMNS} FROM broadcasts WHERE issuer = ? AND id = ?`);
    this.#envelope = database.prepare(
      "SELECT bytes FROM envelopes WHERE item = (SELECT item FROM broadcasts WHERE issuer = ? AND id = ?)",
    );
    this.#setStanding = database.prepare(
      "UPDATE broadcasts SET class = ?, standing = ? WHERE issuer = ? AND id = ? RETURNING item",
    );
    this.#setEnvelope = database.prepare("UPDATE envelopes SET bytes = ? WHERE item = ?");
    this.#setState = database.prepare(
      "UPDATE broadcasts SET state = ?, code = ?, stateAtMs = ? WHERE issuer = ? AND id = ?",
    );
    this.#withdraw = database.prepare("UPDATE broadcasts SET withdrawn = 1 WHERE issuer = ? AND id = ?");
    this.#active = database.prepare(`SELECT ${COLUMNS} FROM broadcasts WHERE NOT ${IS_FINAL} ORDER BY item`);
    this.#recent = database.prepare(`SELECT ${COLUMNS} FROM broadcasts ORDER BY item DESC LIMIT ?`);
    this.#like = database.prepare(`SELECT ${COLUMNS} FROM broadcasts WHERE id LIKE ? ORDER BY item DESC LIMIT ?`);
    this.#counts = database.prepare(
      `SELECT class, count(*) AS count FROM broadcasts WHERE NOT ${IS_FINAL} GROUP BY class`,
    );
    this.#audioUses = database.prepare(
      "SELECT issuer, id, class, state, expiresAt, audioHash FROM broadcasts WHERE audioHash IS NOT NULL",
    );
    this.#prune = database.prepare(`DELETE FROM broadcasts WHERE expiresAt < ? AND ${IS_FINAL}`);
  }

  /** `envelope`: the octets as received. The key must be new: `seen` has been asked first. */
  add(broadcast: AcceptedBroadcast, envelope: Uint8Array): void {
    const { key, payloadHash, topic, standing, audioHash, expiresAt, acceptedAtMs, untimed, state } = broadcast;
    this.#database.transaction(() => {
      const { item } = this.#insert.one(
        key.issuer,
        key.id,
        payloadHash,
        topic,
        standing.class,
        JSON.stringify(standing),
        audioHash ?? null,
        expiresAt,
        acceptedAtMs,
        state,
        acceptedAtMs,
        Number(untimed),
      );
      this.#insertEnvelope.run(item, envelope);
    });
  }

  find(key: ItemKey): StoredBroadcast | undefined {
    const row = this.#find.get(key.issuer, key.id);
    return row === undefined ? undefined : fromRow(row);
  }

  envelope(key: ItemKey): Uint8Array | undefined {
    return this.#envelope.get(key.issuer, key.id)?.bytes;
  }

  /** The same order with another signature, and so in another envelope, or with one less that counts. */
  weighAnew({ issuer, id }: ItemKey, standing: Standing, envelope?: Uint8Array): void {
    this.#database.transaction(() => {
      const { item } = this.#setStanding.one(standing.class, JSON.stringify(standing), issuer, id);
      if (envelope !== undefined) this.#setEnvelope.run(envelope, item);
    });
  }

  setState(key: ItemKey, state: ItemState, atMs: UnixMs, code?: string): void {
    this.#setState.run(state, code ?? null, atMs, key.issuer, key.id);
  }

  withdraw(key: ItemKey): void {
    this.#withdraw.run(key.issuer, key.id);
  }

  /** Everything not yet in a final state, in the order of acceptance. */
  active(): StoredBroadcast[] {
    return this.#active.all().map(fromRow);
  }

  /** Newest first, final ones too: for people. */
  recent(limit: number): StoredBroadcast[] {
    return this.#recent.all(limit).map(fromRow);
  }

  /** Whose id holds this part, newest first: for people. `part` is of the alphabet of ids. */
  withIdLike(part: string, limit: number): StoredBroadcast[] {
    return this.#like.all(`%${part}%`, limit).map(fromRow);
  }

  /** Active broadcasts per class, as the heartbeat tells them. */
  queue(): QueueReport {
    const queue = { emergency: 0, priority: 0, routine: 0 };
    for (const row of this.#counts.all()) queue[row.class] = row.count;
    return queue;
  }

  /** Who still names which audio file, ended orders included: what an eviction weighs. */
  audioUses(): AudioUse[] {
    return this.#audioUses.all().map(({ issuer, id, ...use }) => ({ key: { issuer, id }, ...use }));
  }

  /** Forgets what is in a final state and expired before `before`. Returns how many. */
  prune(before: UnixSeconds): number {
    return this.#prune.run(before);
  }
}

function fromRow({ issuer, id, standing, code, audioHash, untimed, withdrawn, ...rest }: Row): StoredBroadcast {
  return {
    key: { issuer, id },
    ...rest,
    untimed: untimed === 1,
    withdrawn: withdrawn === 1,
    standing: JSON.parse(standing),
    code: code ?? undefined,
    audioHash: audioHash ?? undefined,
  };
}
