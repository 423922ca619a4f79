import fc from "fast-check";
import { expect, test } from "vitest";
import { type AudioUse, evictions, type StoredAudio } from "../../src/core/retention.ts";

const aUse: fc.Arbitrary<AudioUse> = fc.record({
  class: fc.constantFrom("emergency", "priority", "routine"),
  state: fc.constantFrom("on-air", "waiting", "done", "expired"),
  due: fc.nat(5),
});

const someFiles: fc.Arbitrary<readonly StoredAudio[]> = fc
  .array(fc.record({ sizeBytes: fc.integer({ min: 1, max: 50 }), uses: fc.array(aUse, { maxLength: 3 }) }), {
    maxLength: 12,
  })
  .map((files) => files.map((file, index) => ({ ...file, hash: `file ${index}` })));

function isProtected({ uses }: StoredAudio): boolean {
  return uses.some(
    (use) =>
      use.state !== "expired" &&
      (use.class === "emergency" || use.state === "on-air" || (use.class === "priority" && use.state === "waiting")),
  );
}

/** 0 expired or left over, 1 done, 2 waiting. */
function group({ uses }: StoredAudio): number {
  if (uses.some(({ state }) => state === "waiting")) return 2;
  return uses.some(({ state }) => state === "done") ? 1 : 0;
}

test("room is made in the right order, no more of it than needed, and never from what is protected", () => {
  fc.assert(
    fc.property(someFiles, fc.nat(300), (files, budget) => {
      const { evict, shortByBytes } = evictions(files, budget);
      const byHash = new Map(files.map((file) => [file.hash, file]));
      const gone = evict.flatMap((hash) => byHash.get(hash) ?? []);
      expect(gone).toHaveLength(evict.length);
      expect(new Set(evict).size).toBe(evict.length);
      expect(gone.filter(isProtected)).toEqual([]);
      expect(gone.map(group)).toEqual(gone.map(group).toSorted());

      const sum = (some: readonly StoredAudio[]) => some.reduce((bytes, { sizeBytes }) => bytes + sizeBytes, 0);
      const left = files.filter(({ hash }) => !evict.includes(hash));
      expect(shortByBytes).toBe(Math.max(0, sum(left) - budget));
      if (shortByBytes > 0) expect(left.every(isProtected)).toBe(true);
      const last = gone.at(-1);
      if (last !== undefined) expect(sum(left) + last.sizeBytes).toBeGreaterThan(budget);
    }),
    { numRuns: 2_000 },
  );
});

test("of waiting routine items the one due last goes first; a file is as needed as its best use", () => {
  const waiting = (due: number): AudioUse => ({ class: "routine", state: "waiting", due });
  const done: AudioUse = { class: "routine", state: "done", due: 9 };
  const files: StoredAudio[] = [
    { hash: "soon", sizeBytes: 1, uses: [waiting(1), waiting(8)] },
    { hash: "late", sizeBytes: 1, uses: [waiting(5), done] },
    { hash: "done", sizeBytes: 1, uses: [done] },
    { hash: "nobody's", sizeBytes: 1, uses: [] },
  ];
  expect(evictions(files, 0)).toEqual({ evict: ["nobody's", "done", "late", "soon"], shortByBytes: 0 });
});
