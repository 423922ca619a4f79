import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from "node:fs";
import { userInfo } from "node:os";
import * as v from "valibot";
import { toUnixSeconds, type UnixMs } from "../domain/time.ts";
import type { AuditHead, Head } from "./audit-head.ts";

/** Where acts are written down. */
export interface AuditTrail {
  record(act: Act, nowMs: UnixMs): void;
}

/** What was done, as the one who did it would say. */
export interface Act {
  /** The command: `broadcast`, `cosign`, `revoke` and so on. */
  readonly act: string;
  /** What it was done to: an id, an issuer, a gateway. */
  readonly subject: string;
  /** Whose keys signed; empty where nothing was signed. */
  readonly holders: readonly string[];
  /** For people: a title, a reason. */
  readonly detail?: string | undefined;
  /** base64url SHA-256 of the payload that was signed. */
  readonly hash?: string | undefined;
}

export interface AuditEntry extends Act {
  readonly n: number;
  /** Unix seconds, by this machine's clock. */
  readonly at: number;
  /** Who was logged in. */
  readonly user: string;
  /** base64url SHA-256 of the line before; of the first line: of nothing. */
  readonly previous: string;
}

export type AuditFault = "unreadable" | "missing" | "changed" | "cut";

export interface AuditReading {
  readonly entries: readonly AuditEntry[];
  /** The first place where the file is not as it was written; `n` as it should be there. */
  readonly fault?: { readonly n: number; readonly kind: AuditFault } | undefined;
}

const entrySchema: v.GenericSchema<unknown, AuditEntry> = v.object({
  n: v.number(),
  at: v.number(),
  user: v.string(),
  act: v.string(),
  subject: v.string(),
  holders: v.array(v.string()),
  detail: v.optional(v.string()),
  hash: v.optional(v.string()),
  previous: v.string(),
});

const FIRST: Head = { n: 0, hash: hashOf("") };

/**
 * What was done at this desk, one JSON line an act, each with the hash of the one before. Only ever appended to; the head is also
 * in the database, so that lines missing at the end show too.
 */
export class Audit implements AuditTrail {
  readonly #path: string;
  readonly #head: Pick<AuditHead, "read" | "advance">;

  constructor(path: string, head: Pick<AuditHead, "read" | "advance">) {
    this.#path = path;
    this.#head = head;
  }

  /** On disk when this returns. Several commands may write at one time. */
  record(act: Act, nowMs: UnixMs): void {
    this.#head.advance((head = FIRST) => {
      const last = this.#repair(head);
      const { user, at } = { user: userInfo().username, at: toUnixSeconds(nowMs) };
      const entry: AuditEntry = { n: last.n + 1, at, user, ...act, previous: last.hash };
      const line = JSON.stringify(entry);
      const file = openSync(this.#path, "a", 0o600);
      try {
        writeSync(file, `${line}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      return { n: entry.n, hash: hashOf(line) };
    });
  }

  /** After a power cut: an act that was written whole but not noted in the head stays, half a line goes. */
  #repair(head: Head): Head {
    const text = this.#text();
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole.length < text.length) truncateSync(this.#path, Buffer.byteLength(whole));
    const line = whole.trimEnd().split("\n").at(-1) ?? "";
    const entry = parseEntry(line);
    return entry?.n === head.n + 1 && entry.previous === head.hash ? { n: entry.n, hash: hashOf(line) } : head;
  }

  #text(): string {
    return existsSync(this.#path) ? readFileSync(this.#path, "utf8") : "";
  }

  /** Everything up to the first place where it is not as it was written. */
  read(): AuditReading {
    const lines = this.#text().split("\n");
    if (lines.at(-1) === "") lines.pop();
    const entries: AuditEntry[] = [];
    let previous: string = FIRST.hash;
    for (const [index, line] of lines.entries()) {
      const n = index + 1;
      const entry = parseEntry(line);
      if (entry === undefined) return { entries, fault: { n, kind: "unreadable" } };
      if (entry.n !== n) return { entries, fault: { n, kind: "missing" } };
      if (entry.previous !== previous) return { entries, fault: { n: n - 1, kind: "changed" } };
      previous = hashOf(line);
      entries.push(entry);
    }
    const head = this.#head.read() ?? FIRST;
    if (entries.length < head.n) return { entries, fault: { n: entries.length + 1, kind: "cut" } };
    const written = lines[head.n - 1];
    const isAsWritten = written === undefined || hashOf(written) === head.hash;
    return isAsWritten ? { entries } : { entries, fault: { n: head.n, kind: "changed" } };
  }
}

function parseEntry(line: string): AuditEntry | undefined {
  try {
    return v.parse(entrySchema, JSON.parse(line));
  } catch {
    return undefined;
  }
}

function hashOf(line: string): string {
  return createHash("sha256").update(line).digest("base64url");
}
