import { createHash, randomBytes } from "node:crypto";
import { join } from "node:path";
import { type AudioFile, CHUNK_BYTES, CHUNK_HASH_BYTES } from "../../../src/domain/broadcast.ts";
import type { Control } from "../../../src/domain/control.ts";
import type { Mandate, Standing } from "../../../src/domain/standing.ts";
import type { EvidenceChain, EvidenceHead } from "../../../src/store/evidence.ts";
import type { OrdersOptions, OrdersStore } from "../../../src/store/orders.ts";

// What the store's tests are made of, without the test runner: the child processes that get killed use it too.

export const GATEWAY = "7k3m9q2w5x8y";

/** Contract §8 written down a second time, so that the tests don't believe the code they test. */
export const plainChain: EvidenceChain = {
  chainStart: (gateway, epoch) => sha256(`loa1.evidence|${gateway}|${epoch}`),
  chainNext: (previous, line) => sha256(Buffer.concat([Uint8Array.of(1), previous, sha256(line)])),
  encodeLine: (line) => JSON.stringify(line),
};

export function sha256(data: string | Uint8Array): Buffer {
  return createHash("sha256").update(data).digest();
}

export const KEY = { issuer: "ubnd.hoa-binh", id: "01J8Z0M3E8Q4T6V9X2B5N7R1CD" };
export const AT_MS = Date.UTC(2026, 6, 30, 10, 0);
const OPENED_AT_MS = Date.UTC(2026, 6, 30, 10, 15);
export const STANDING: Standing = {
  signers: [{ kid: "AAAAAAAAAAAAAAAAAAAAAA", holder: "Nguyễn Văn An", signedAt: AT_MS / 1000, keys: [] }],
  authorityRank: 2,
  class: "routine",
  severity: 0,
  window: { notBefore: AT_MS / 1000, expiresAt: AT_MS / 1000 + 3600 },
  grants: [["hoa-binh"]],
};
export const STAMP = { clock: "sync", boot: "boot-1", monotonicMs: 12_345 } as const;

export function ordersOptions(folder: string, newEpoch: () => string): OrdersOptions {
  return {
    path: join(folder, "orders.db"),
    epochPath: join(folder, "epoch"),
    gateway: GATEWAY,
    chain: plainChain,
    newEpoch,
    nowMs: OPENED_AT_MS,
  };
}

export function audioOptions(folder: string) {
  return { path: join(folder, "audio.db"), nowMs: OPENED_AT_MS };
}

/** ULIDs that count: each new epoch is another one. */
export function epochs(): () => string {
  let n = 0;
  return () => {
    n += 1;
    return `01J${String(n).padStart(23, "0")}`;
  };
}

export interface MadeFile {
  readonly audio: Pick<AudioFile, "hash" | "sizeBytes" | "chunkHashes">;
  readonly chunks: readonly Buffer[];
}

export function makeAudio(sizeBytes: number, content: Buffer = randomBytes(sizeBytes)): MadeFile {
  const chunks = Array.from({ length: Math.ceil(sizeBytes / CHUNK_BYTES) }, (_, n) =>
    content.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES),
  );
  const chunkHashes = Buffer.concat(chunks.map((chunk) => sha256(chunk).subarray(0, CHUNK_HASH_BYTES)));
  return {
    audio: { hash: sha256(content).toString("base64url"), sizeBytes, chunkHashes: chunkHashes.toString("base64url") },
    chunks,
  };
}

/** The same bytes in every process: 1 MiB. */
export function burstAudio(): MadeFile {
  const blocks = Array.from({ length: 32 * 1024 }, (_, n) => sha256(`block ${n}`));
  return makeAudio(1024 * 1024, Buffer.concat(blocks));
}

/** A signed bulletin with a chain of two, as measured from the desk: 3 to 4 KB. */
const ENVELOPE_BYTES = 3_500;

/** What the intake commits for one bulletin: the order, its identity, its record, its receipt. */
export function acceptOne(orders: OrdersStore, n: number): EvidenceHead {
  const key = { ...KEY, id: `01J8Z0M3E8Q4T6V9X2${String(n).padStart(8, "0")}` };
  const payloadHash = sha256(key.id).toString("base64url");
  return orders.transaction(() => {
    orders.seen.add(key, payloadHash, AT_MS / 1000 + 3600);
    orders.broadcasts.add(
      {
        key,
        payloadHash,
        topic: `loa/1/area/hoa-binh/broadcast/${key.id}`,
        standing: STANDING,
        audioHash: payloadHash,
        expiresAt: AT_MS / 1000 + 3600,
        acceptedAtMs: AT_MS,
        untimed: false,
        state: "accepted",
      },
      randomBytes(ENVELOPE_BYTES),
    );
    const head = orders.evidence.append(
      { kind: "received", issuer: key.issuer, itemId: key.id, area: "hoa-binh", payloadHash },
      STAMP,
    );
    const receipt = randomBytes(700);
    orders.outbox.add(
      { topic: `loa/1/gateway/${GATEWAY}/up/receipt/${key.id}`, payload: receipt, qos: 1, retain: false },
      5,
    );
    return head;
  });
}

export const MANDATE: Mandate = {
  issuer: "ubnd.hoa-binh",
  level: "commune",
  authorityRank: 2,
  holders: ["Nguyễn Văn An"],
  signers: [],
  grants: [["hoa-binh"]],
  limits: [{ classMax: "emergency", severityMax: 1 }],
};

export const HALT: Control = {
  key: { ...KEY, id: "01J8Z0M3E8Q4T6V9X2B5N7R1YY" },
  op: "halt",
  item: KEY,
  targets: [{ area: "hoa-binh", zoneTags: ["market"] }],
  issuedAt: AT_MS / 1000,
  window: { notBefore: AT_MS / 1000, expiresAt: AT_MS / 1000 + 3_600 },
  mandate: MANDATE,
};
