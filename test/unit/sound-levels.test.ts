import { expect, test } from "vitest";
import { applyGain, levelCentiDb, samplesOf } from "../../src/sound/levels.ts";

const everySample = Int16Array.from({ length: 65_536 }, (_, index) => index - 32_768);

test("at 0 dB every sample stays what it is", () => {
  const samples = everySample.slice();
  applyGain(samples, 0);
  expect(samples).toEqual(everySample);
});

test("gain is exact to the rounding of one sample", () => {
  const samples = everySample.slice();
  applyGain(samples, -600);
  const factor = 10 ** (-6 / 20);
  expect(samples.every((sample, index) => Math.abs(sample - (index - 32_768) * factor) <= 0.5)).toBe(true);
});

test("too loud is full scale, not its opposite", () => {
  const samples = Int16Array.of(-32_768, -20_000, 20_000, 32_767);
  applyGain(samples, 1200);
  expect([...samples]).toEqual([-32_768, -32_768, 32_767, 32_767]);
});

test("a full-scale sine is −301 centi-dB and half of it 602 less", () => {
  const sine = Int16Array.from({ length: 48_000 }, (_, n) => Math.round(32_767 * Math.sin((2 * Math.PI * n) / 100)));
  expect(levelCentiDb(sine)).toBe(-301);
  applyGain(sine, -602);
  expect(levelCentiDb(sine)).toBeCloseTo(-903, -1);
});

test("silence has the lowest level", () => {
  expect(levelCentiDb(new Int16Array(960))).toBe(-12_000);
});

test("samples are read where they lie, at odd addresses too", () => {
  const odd = Buffer.from([9, 1, 0, 255, 127]).subarray(1);
  expect([...samplesOf(odd)]).toEqual([1, 32_767]);
  const even = Buffer.alloc(4);
  samplesOf(even)[0] = 7;
  expect(even[0]).toBe(7);
});
