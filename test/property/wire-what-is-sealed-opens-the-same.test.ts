import { Buffer } from "node:buffer";
import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkCount } from "../../src/domain/broadcast.ts";
import type { DownTopic } from "../../src/domain/trust.ts";
import { openDown, openUp, seal } from "../../src/wire/envelope.ts";
import { AREA, AUDIO, BROADCAST, CHAIN, GATEWAY, gatewayKey, issuerKey, MORNING } from "../fixtures/wire-messages.ts";

const base64url = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => Buffer.from(bytes).toString("base64url"));
const code = fc.stringMatching(/^[a-z0-9-]{1,32}$/);
const ulid = fc.stringMatching(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
const words = (maxLength: number) =>
  fc
    .string({ unit: fc.constantFrom(...'aăâđêôơướềạ ỹB7.,|"\\/<\u{1f4e2}'), minLength: 1, maxLength: maxLength / 2 })
    .map((text) => text.normalize("NFC"));

const urgency = fc.oneof(
  fc.record({ class: fc.constant("emergency"), severity: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ class: fc.constantFrom("priority", "routine"), severity: fc.constant(0) }),
);

const audio = fc.record({
  sizeBytes: fc.integer({ min: 1, max: 400_000 }),
  durationMs: fc.integer({ min: 1, max: 4_000_000 }),
});

const broadcast = fc
  .record({
    id: ulid,
    issuer: fc.stringMatching(/^[a-z0-9.-]{1,64}$/),
    level: code,
    sequence: fc.nat(),
    title: words(200),
    text: words(2_000),
    status: fc.constantFrom("actual", "exercise", "test"),
    targets: fc.array(fc.record({ area: code, zoneTags: fc.array(code, { minLength: 1, maxLength: 4 }) }), {
      minLength: 1,
      maxLength: 8,
    }),
    repeat: fc.integer({ min: 1, max: 10 }),
    gapSeconds: fc.integer({ min: 0, max: 3_600 }),
    onPreempt: fc.constantFrom("restart", "resume", "drop"),
    gate: fc.constantFrom("auto", "manual"),
    gainCentiDb: fc.integer({ min: -2_000, max: 0 }),
  })
  .chain((members) =>
    fc.tuple(urgency, audio).chain(([urgent, { sizeBytes, durationMs }]) =>
      base64url(16 * chunkCount({ sizeBytes })).map((chunkHashes) => ({
        ...BROADCAST,
        ...members,
        ...urgent,
        audio: { ...AUDIO, sizeBytes, durationMs, chunkHashes },
      })),
    ),
  );

test("a broadcast", () => {
  fc.assert(
    fc.property(broadcast, (message) => {
      const topic: DownTopic = { kind: "broadcast", area: AREA, emergency: false, id: message.id };
      const opened = openDown(seal(message, [issuerKey], MORNING, CHAIN), topic);
      expect(opened).toMatchObject({ kind: "opened" });
      if (opened.kind === "opened") expect(opened.sealed.payload).toEqual(message);
    }),
    { numRuns: 200 },
  );
});

const evidence = fc.array(words(400), { minLength: 1, maxLength: 40 }).chain((lines) =>
  fc
    .record({ from: fc.integer({ min: 1, max: 1_000_000 }), hash: base64url(32), epoch: ulid })
    .map(({ from, hash, epoch }) => ({
      version: 1,
      type: "evidence",
      gateway: GATEWAY,
      issuedAt: MORNING,
      epoch,
      from,
      to: from + lines.length - 1,
      previousHash: hash,
      headHash: hash,
      lines: lines.map((line) => `{"note":${JSON.stringify(line)}}`),
    })),
);

test("a batch of evidence: its lines come out as the same texts", () => {
  fc.assert(
    fc.property(evidence, (message) => {
      const opened = openUp(seal(message, [gatewayKey], MORNING));
      expect(opened).toMatchObject({ kind: "opened" });
      if (opened.kind === "opened") expect(opened.sealed.payload).toEqual(message);
    }),
    { numRuns: 200 },
  );
});
