import { describe, expect, test } from "vitest";
import { Pace } from "../../src/sound/pace.ts";

const geometry = { rateHz: 48_000, bufferFrames: 4800, periodFrames: 960 };
const windowFrames = 9600;
const tickMs = 50;

/** A card that takes what is there: `speed` 1 is our clock's; it counts what aplay has read, as the kernel does. */
function perform(speed: number, ticks: number, stray = 0) {
  const pace = new Pace(geometry);
  let heard = 0;
  let worst = { outstanding: 0, least: Number.POSITIVE_INFINITY, ahead: Number.NEGATIVE_INFINITY };
  pace.wrote(pace.roomFrames(0), 0);
  for (let tick = 1; tick <= ticks; tick++) {
    const now = tick * tickMs;
    heard = Math.min(pace.writtenFrames, (now * 48 - 100) * speed);
    const read = Math.min(pace.writtenFrames, Math.floor(heard / 960) * 960 + 4800 + 960);
    pace.counted(Math.round(read * (1 + stray)), now);
    worst = {
      outstanding: Math.max(worst.outstanding, pace.writtenFrames - heard),
      least: Math.min(worst.least, pace.writtenFrames - heard),
      ahead: Math.max(worst.ahead, pace.playedFrames(now) - heard),
    };
    pace.wrote(pace.roomFrames(now), now);
  }
  return { pace, ...worst };
}

describe("the pace", () => {
  test("begins with 200 ms", () => {
    expect(new Pace(geometry).roomFrames(0)).toBe(windowFrames);
  });

  test("a device with a large buffer is filled, and has more waiting", () => {
    const large = { rateHz: 48_000, bufferFrames: 24_000, periodFrames: 4800 };
    expect(new Pace(large).roomFrames(0)).toBe(24_000 + 4800 + 2880);
  });

  test.each([1, 0.9998, 1.0003])(
    "a card at %f of our clock never has more than 200 ms nor runs dry in an hour",
    (speed) => {
      const { outstanding, least, ahead } = perform(speed, 72_000);
      expect(outstanding).toBeLessThanOrEqual(windowFrames);
      expect(least).toBeGreaterThan(3000);
      expect(ahead).toBeLessThanOrEqual(0);
    },
  );

  test("a count that holds more than sound leaves the clock in charge", () => {
    const { outstanding, least } = perform(1, 1200, 0.01);
    expect(outstanding).toBeLessThanOrEqual(windowFrames + 60 * 48_000 * 0.0005);
    expect(least).toBeGreaterThan(3000);
  });

  test("a player that is gone played no more than when it was last seen, however late that is told", () => {
    const pace = new Pace(geometry);
    pace.wrote(windowFrames, 0);
    pace.counted(4800 + 960 + 960, 50);
    const seen = pace.playedFrames(50);
    pace.counted(undefined, 190);
    expect(seen).toBe(960);
    expect(pace.playedFrames(190)).toBe(seen);
  });

  test("without a count the clock alone paces", () => {
    const pace = new Pace(geometry);
    pace.wrote(windowFrames, 0);
    pace.counted(undefined, 50);
    expect(pace.roomFrames(50)).toBeGreaterThan(1400);
    expect(pace.roomFrames(50)).toBeLessThanOrEqual(2400);
    for (let now = 100; now < 10_000; now += tickMs) {
      pace.wrote(pace.roomFrames(now), now);
      pace.counted(undefined, now);
      expect(pace.isStalled).toBe(false);
    }
  });
});

describe("a card that stands still", () => {
  test("is noticed within 1.3 s, though its plug-in reads on", () => {
    const { pace } = perform(1, 100);
    const read = pace.writtenFrames - 3840;
    let now = 5000;
    for (let stray = 0; !pace.isStalled; stray += 80) {
      now += tickMs;
      pace.counted(read + stray, now);
    }
    expect(now - 5000).toBeLessThanOrEqual(1300);
    expect(pace.roomFrames(now)).toBeLessThan(windowFrames);
  });

  test("is not one that waits for us", () => {
    const pace = new Pace(geometry);
    pace.wrote(windowFrames, 0);
    for (let now = 50; now < 10_000; now += tickMs) pace.counted(windowFrames, now);
    expect(pace.isStalled).toBe(false);
  });
});

describe("the wall", () => {
  const played = (frames: number) => {
    const pace = new Pace(geometry);
    pace.wrote(frames, 0);
    return pace;
  };

  test("agrees with a drain that took as long as its sound", () => {
    expect(played(96_000).agreesWithWall(2021)).toBe(true);
  });

  test("does not agree with a device that keeps no time, nor with a drain that had gaps", () => {
    expect(played(96_000).agreesWithWall(5)).toBe(false);
    expect(played(96_000).agreesWithWall(2600)).toBe(false);
    expect(new Pace(geometry).agreesWithWall(0)).toBe(false);
  });
});
