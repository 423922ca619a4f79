import { expect, test } from "vitest";
import { Programme } from "../../src/sound/programme.ts";

const zone = { zoneId: "z1", device: "horn", rateHz: 1000, channels: 2, bufferMs: 100, periodMs: 20, leadInMs: 3 };
const start = { gainCentiDb: 0, maximumMs: 250 };

/** Gives ones for ever, and remembers how much was asked of it. */
function endless() {
  const asked: number[] = [];
  const read = (frames: number) => {
    asked.push(frames);
    return new Int16Array(frames * zone.channels).fill(1);
  };
  return { asked, read };
}

test("the lead-in comes first and is silent", () => {
  const programme = new Programme(start, zone, endless());
  programme.prepare(false);
  expect(programme.framesPrepared).toBe(200);
  expect([...programme.take(2)]).toEqual([0, 0, 0, 0]);
  expect([...programme.take(5)]).toEqual([0, 0]);
  expect([...programme.take(1)]).toEqual([1, 1]);
});

test("one lump is held, never two", () => {
  const source = endless();
  const programme = new Programme(start, zone, source);
  for (let turn = 0; turn < 3; turn++) programme.prepare(false);
  expect(source.asked).toEqual([200]);
});

test("the longest time ends the programme to the frame", () => {
  const programme = new Programme(start, { ...zone, leadInMs: 0 }, endless());
  let frames = 0;
  for (;;) {
    programme.prepare(false);
    const part = programme.take(70);
    if (part.length === 0) break;
    frames += part.length / zone.channels;
  }
  expect(frames).toBe(250);
  expect(programme.isFull && programme.isEmpty).toBe(true);
});

test("after it ran dry it gathers a whole second", () => {
  const source = endless();
  new Programme(start, zone, source).prepare(true);
  expect(source.asked).toEqual([1000]);
});

test("gain and level are those of the lump", () => {
  const programme = new Programme(
    { ...start, gainCentiDb: -600 },
    { ...zone, leadInMs: 0 },
    {
      read: () => new Int16Array(400).fill(20_000),
    },
  );
  programme.prepare(false);
  expect(programme.take(1)[0]).toBe(10_024);
  expect(programme.levelCentiDb).toBe(-1029);
});
