import { createHash } from "node:crypto";
import type { GatewayId } from "../domain/broadcast.ts";
import type { EvidenceLine } from "../domain/report.ts";

const DOMAIN = "loa1.evidence";
/** Keeps a chain step apart from every other hash of 64 bytes. */
const STEP = Uint8Array.of(0x01);

/** Every member of a line, in the order in which it is written. */
const LINE_MEMBERS: Readonly<Record<keyof EvidenceLine, true>> = {
  q: true,
  kind: true,
  issuer: true,
  itemId: true,
  area: true,
  zone: true,
  occurrence: true,
  play: true,
  startedAtMs: true,
  endedAtMs: true,
  clock: true,
  offsetMs: true,
  framesPlayed: true,
  framesExact: true,
  underruns: true,
  outcome: true,
  code: true,
  gainCentiDb: true,
  strength: true,
  payloadHash: true,
  count: true,
  boot: true,
  monotonicMs: true,
};
const LINE_ORDER = Object.keys(LINE_MEMBERS);

/** h[0] of a gateway's epoch: 32 raw bytes. */
export function chainStart(gateway: GatewayId, epoch: string): Uint8Array {
  return sha256(Buffer.from(`${DOMAIN}|${gateway}|${epoch}`));
}

/** h[q] from h[q−1] and the line's text, which is hashed as its UTF-8 bytes without line end. */
export function chainNext(previous: Uint8Array, line: string): Uint8Array {
  return sha256(STEP, previous, sha256(Buffer.from(line)));
}

/** The one text of a line: JSON, members in a fixed order, absent ones left out. What is hashed, kept and sent. */
export function encodeLine(line: EvidenceLine): string {
  return JSON.stringify(line, LINE_ORDER);
}

/** The chain's head after these lines. */
export function foldLines(previous: Uint8Array, lines: readonly string[]): Uint8Array {
  return lines.reduce(chainNext, previous);
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
