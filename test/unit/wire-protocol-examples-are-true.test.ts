import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { chainNext, chainStart } from "../../src/core/evidence.ts";
import { ALARM_CODES, EVIDENCE_KINDS, FAULT_CODES, ITEM_STATES } from "../../src/domain/report.ts";
import { REFUSAL_CODES } from "../../src/domain/trust.ts";
import { openDown, seal } from "../../src/wire/envelope.ts";
import { readEvidenceLine } from "../../src/wire/evidence-line.ts";
import {
  AREA,
  AUDIO,
  BROADCAST,
  CHAIN,
  DELEGATION,
  EPOCH,
  envelopeOf,
  GATEWAY,
  gatewayKey,
  issuerKey,
  MORNING,
  rootKey,
} from "../fixtures/wire-messages.ts";

const protocol = readFileSync(new URL("../../src/wire/PROTOCOL.md", import.meta.url), "utf8");
const lines = new Set(protocol.split("\n"));

/** Every value stands in the text on a line of its own, so that an integrator can copy it. */
function expectStated(values: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(values)) {
    expect(lines.has(value) ? name : `${name} should be\n${value}`).toBe(name);
  }
}

function digest(...parts: readonly Uint8Array[]): Buffer {
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}

test("the example keys", () => {
  for (const key of [rootKey, issuerKey, gatewayKey]) {
    expect(protocol).toContain(`| \`${key.publicKey}\` | \`${key.kid}\` |`);
  }
});

describe("the example envelope", () => {
  const bytes = seal(BROADCAST, [issuerKey], MORNING, CHAIN);
  const envelope = envelopeOf(bytes);

  test("is what its parts give", () => {
    const [link] = CHAIN;
    expectStated({
      payload: JSON.stringify(BROADCAST),
      "protected header": Buffer.from(envelope.signatures[0]?.protected ?? "", "base64url").toString(),
      signature: envelope.signatures[0]?.signature ?? "",
      delegation: JSON.stringify(DELEGATION),
      "delegation's signature": link?.signatures[0]?.signature ?? "",
      envelope: Buffer.from(bytes).toString(),
      "payload hash": createHash("sha256").update(JSON.stringify(BROADCAST)).digest("base64url"),
      "file hash": AUDIO.hash,
      "chunk hashes": AUDIO.chunkHashes,
    });
  });

  test("opens on the topic that is named", () => {
    expect(protocol).toContain(`loa/1/area/${AREA}/broadcast/${BROADCAST.id}`);
    const topic = { kind: "broadcast", area: AREA, emergency: false, id: BROADCAST.id } as const;
    expect(openDown(bytes, topic)).toMatchObject({ kind: "opened" });
  });
});

test("the example chain of evidence, by the formula and by the agent's own code", () => {
  const records = protocol.split("\n").filter((line) => line.startsWith('{"q":'));
  expect(records).toHaveLength(2);
  let head = digest(Buffer.from(`loa1.evidence|${GATEWAY}|${EPOCH}`));
  expect(Buffer.from(chainStart(GATEWAY, EPOCH))).toEqual(head);
  expectStated({ "h[0]": head.toString("base64url") });
  for (const record of records) {
    expect(readEvidenceLine(record)).toMatchObject({ kind: "value" });
    const next = digest(Uint8Array.of(1), head, digest(Buffer.from(record)));
    expect(Buffer.from(chainNext(head, record))).toEqual(next);
    expectStated({ [`chain after ${record}`]: next.toString("base64url") });
    head = next;
  }
});

test("every refusal code and evidence kind has its row", () => {
  const rows = protocol.split("\n").filter((line) => line.startsWith("| "));
  const firstCells = rows.map((row) => row.split(" | ", 1)[0] ?? "").join("\n");
  for (const code of [...REFUSAL_CODES, ...EVIDENCE_KINDS]) expect(firstCells).toContain(`\`${code}\``);
});

test("every state and code that a report may carry is listed", () => {
  const lists = [...protocol.matchAll(/`([a-z -]+)`/g)].map(([, words = ""]) => words.split(" "));
  for (const codes of [ITEM_STATES, FAULT_CODES, ALARM_CODES]) expect(lists).toContainEqual([...codes]);
});
