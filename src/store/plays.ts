import type { AreaId, ItemKey, ZoneId } from "../domain/broadcast.ts";
import type { Claim, Play, PlayOutcome } from "../domain/playout.ts";
import type { FaultCode } from "../domain/report.ts";
import type { Milliseconds, UnixMs } from "../domain/time.ts";
import type { SqlDatabase, Statement } from "./sqlite.ts";

export const PLAY_TABLES = `
  CREATE TABLE plays (
    issuer TEXT, id TEXT, zone TEXT, occurrence INTEGER, play INTEGER,
    startedAtMs INTEGER NOT NULL, offsetMs INTEGER NOT NULL, savedOffsetMs INTEGER NOT NULL,
    gainCentiDb INTEGER NOT NULL, area TEXT NOT NULL,
    endedAtMs INTEGER, outcome TEXT, code TEXT, framesPlayed INTEGER, framesExact INTEGER, underruns INTEGER,
    PRIMARY KEY (issuer, id, zone, occurrence, play)
  ) STRICT, WITHOUT ROWID;
`;

/** One sounding: `play` counts from 1 within the claim. */
export interface PlayRef {
  readonly claim: Claim;
  readonly play: number;
}

export interface PlayStart {
  readonly startedAtMs: UnixMs;
  /** Where in the item it began. */
  readonly offsetMs: Milliseconds;
  readonly gainCentiDb: number;
  readonly area: AreaId;
}

export interface PlayEnd {
  readonly endedAtMs: UnixMs;
  /** Where in the item it ended: a resume goes on from here. Undefined keeps the last saved offset (a crash). */
  readonly offsetMs?: Milliseconds | undefined;
  readonly outcome: PlayOutcome;
  readonly code?: FaultCode | undefined;
  readonly framesPlayed: number;
  readonly framesExact: boolean;
  readonly underruns: number;
}

export interface OpenPlay extends PlayRef, PlayStart {
  readonly savedOffsetMs: Milliseconds;
}

interface Row extends PlayStart {
  readonly issuer: string;
  readonly id: string;
  readonly zone: string;
  readonly occurrence: number;
  readonly play: number;
  readonly savedOffsetMs: Milliseconds;
  readonly endedAtMs: UnixMs | null;
  readonly outcome: PlayOutcome | null;
  readonly code: FaultCode | null;
}

type ClaimParameters = [issuer: string, id: string, zone: string, occurrence: number];

const OF_CLAIM = "issuer = ? AND id = ? AND zone = ? AND occurrence = ?";

/** One row per started play: written before the first sample, closed after the last. */
export class Plays {
  readonly #database: SqlDatabase;
  readonly #last: Statement<ClaimParameters, { play: number }>;
  readonly #insert: Statement<[...ClaimParameters, number, number, number, number, number, string]>;
  readonly #saveOffset: Statement<[number, ...ClaimParameters, number]>;
  readonly #close: Statement<
    [number, string, string | null, number, number, number, number | null, ...ClaimParameters, number]
  >;
  readonly #open: Statement<[], Row>;
  readonly #ofItem: Statement<[string, string], Row>;
  readonly #lastProven: Statement<[], { zone: ZoneId; atMs: UnixMs }>;
  readonly #prune: Statement<[number]>;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#last = database.prepare(`SELECT ifnull(max(play), 0) AS play FROM plays WHERE ${OF_CLAIM}`);
    this.#insert = database.prepare(`
      INSERT INTO plays (issuer, id, zone, occurrence, play, startedAtMs, offsetMs, savedOffsetMs, gainCentiDb, area)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#saveOffset = database.prepare(
      `UPDATE plays SET savedOffsetMs = ? WHERE ${OF_CLAIM} AND play = ? AND endedAtMs IS NULL`,
    );
    this.#close = database.prepare(`
      UPDATE plays SET endedAtMs = ?, outcome = ?, code = ?, framesPlayed = ?, framesExact = ?, underruns = ?,
        savedOffsetMs = ifnull(?, savedOffsetMs)
      WHERE ${OF_CLAIM} AND play = ? AND endedAtMs IS NULL`);
    this.#open = database.prepare("SELECT * FROM plays WHERE endedAtMs IS NULL ORDER BY startedAtMs");
    this.#ofItem = database.prepare("SELECT * FROM plays WHERE issuer = ? AND id = ? ORDER BY occurrence, play, zone");
    this.#lastProven = database.prepare(`
      SELECT zone, max(endedAtMs) AS atMs FROM plays WHERE framesPlayed > 0 AND ifnull(code, '') <> 'crash' GROUP BY zone`);
    this.#prune = database.prepare(`
      DELETE FROM plays WHERE endedAtMs < ?
        AND NOT EXISTS (SELECT 1 FROM broadcasts b WHERE b.issuer = plays.issuer AND b.id = plays.id)`);
  }

  start(claim: Claim, { startedAtMs, offsetMs, gainCentiDb, area }: PlayStart): PlayRef {
    const of = parameters(claim);
    return this.#database.transaction(() => {
      const play = this.#last.one(...of).play + 1;
      this.#insert.run(...of, play, startedAtMs, offsetMs, offsetMs, gainCentiDb, area);
      return { claim, play };
    });
  }

  /** How far an open play has come: after a power loss it goes on from here. */
  saveOffset({ claim, play }: PlayRef, offsetMs: Milliseconds): void {
    this.#saveOffset.run(offsetMs, ...parameters(claim), play);
  }

  /** Returns whether the play was open: a play ends once, whoever comes first. */
  close({ claim, play }: PlayRef, end: PlayEnd): boolean {
    const closed = this.#close.run(
      end.endedAtMs,
      end.outcome,
      end.code ?? null,
      end.framesPlayed,
      Number(end.framesExact),
      end.underruns,
      end.offsetMs ?? null,
      ...parameters(claim),
      play,
    );
    return closed === 1;
  }

  /** Started and not closed. At start-up: what a crash or a power cut left behind. */
  open(): OpenPlay[] {
    return this.#open.all().map((row) => ({
      claim: { item: { issuer: row.issuer, id: row.id }, zoneId: row.zone, occurrence: row.occurrence },
      play: row.play,
      startedAtMs: row.startedAtMs,
      offsetMs: row.offsetMs,
      savedOffsetMs: row.savedOffsetMs,
      gainCentiDb: row.gainCentiDb,
      area: row.area,
    }));
  }

  /** Every play of an item so far; those of one occurrence in one zone in their order, which no clock step can turn. */
  ofItem(item: ItemKey): Play[] {
    return this.#ofItem.all(item.issuer, item.id).map((row) => ({
      zoneId: row.zone,
      occurrence: row.occurrence,
      play: row.play,
      startedAtMs: row.startedAtMs,
      offsetMs: row.offsetMs,
      end: endOf(row),
    }));
  }

  /** When the last play of each zone ended of which the card took frames. Of one that a crash ended nobody knows when. Reads all plays. */
  lastProven(): Map<ZoneId, UnixMs> {
    return new Map(this.#lastProven.all().map(({ zone, atMs }) => [zone, atMs]));
  }

  /** Forgets closed plays that ended before `beforeMs` and whose broadcast is gone. Returns how many. */
  prune(beforeMs: UnixMs): number {
    return this.#prune.run(beforeMs);
  }
}

function endOf({ endedAtMs, outcome, code, savedOffsetMs }: Row): Play["end"] {
  if (endedAtMs === null || outcome === null) return undefined;
  return { outcome, code: code ?? undefined, atMs: endedAtMs, offsetMs: savedOffsetMs };
}

function parameters({ item, zoneId, occurrence }: Claim): ClaimParameters {
  return [item.issuer, item.id, zoneId, occurrence];
}
