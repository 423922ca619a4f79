import { test } from "vitest";
import { fuzz } from "../bench/fuzz-wire.ts";

/** Under a minute on two cores; `scripts/bench --long` goes on for an hour. */
const RUNS = 15_000;
const WITHIN_MS = 600_000;

test("no changed message crashes, hangs or is accepted, whoever signed what", { timeout: WITHIN_MS }, () => {
  const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
  process.stderr.write(`fuzz: FUZZ_SEED=${seed}\n`);
  fuzz(RUNS, seed);
});
