import { test } from "vitest";
import { fuzz } from "../bench/fuzz-wire.ts";
import { Rounds } from "../rounds.ts";

const ROUNDS = new Rounds("messages", 15_000);
const BATCH = 1_000;
const WITHIN_MS = 120_000 + ROUNDS.count * 10;

test("no changed message crashes, hangs or is accepted, whoever signed what", { timeout: WITHIN_MS }, () => {
  const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
  process.stderr.write(`fuzz: FUZZ_SEED=${seed}\n`);
  for (let done = 0; done < ROUNDS.count; done += BATCH) {
    fuzz(BATCH, seed + done);
    ROUNDS.done(done + BATCH);
  }
});
