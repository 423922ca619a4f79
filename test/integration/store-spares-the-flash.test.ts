import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "./support/stores.ts";

test("a 16 MiB file costs at most 1.15 bytes written per byte, a bulletin a few pages", () => {
  const script = join(import.meta.dirname, "support/measure-writes.ts");
  const figures = JSON.parse(execFileSync(process.execPath, [script, temporaryFolder()], { encoding: "utf8" }));
  console.log(figures);
  // Under 1 the folder would be in memory and the measurement would say nothing.
  expect(figures.audioBytesPerByte).toBeGreaterThan(1);
  expect(figures.audioBytesPerByte).toBeLessThanOrEqual(1.15);
  expect(figures.audioBytesPerByteInReusedPages).toBeLessThanOrEqual(1.15);
  expect(figures.kibPerAcceptedBroadcast).toBeLessThan(80);
});
