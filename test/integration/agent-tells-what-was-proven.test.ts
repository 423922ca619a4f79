import { expect, test } from "vitest";
import { toUnixSeconds } from "../../src/domain/time.ts";
import { until } from "./support/link.ts";
import { overhear } from "./support/overhear.ts";
import { station } from "./support/station.ts";

test("an emergency's end is sealed by a checkpoint, and heartbeats tell when the zone last played, also after a restart", async () => {
  const commune = await station();
  const overheard = await overhear(commune);
  const first = await commune.startAgent();
  await until(() => overheard.heartbeats().length > 0, "the first heartbeat");
  const lastProven = () =>
    overheard
      .heartbeats()
      .at(-1)
      ?.zones.map((zone) => zone.lastProvenAt);
  expect(lastProven()).toEqual([undefined]);
  const { bytes, audio } = await commune.item([{ seconds: 1, noiseSeed: 12 }]);
  const { id } = await commune.broadcast(bytes, audio, { class: "emergency", severity: 2, repeat: 1 });
  await first.until("play.ended", (line) => line["id"] === id);
  await until(() => overheard.checkpoints().length > 0, "the checkpoint");
  const played = commune.records().find(({ kind }) => kind === "played");
  expect(overheard.checkpoints()[0]?.q).toBeGreaterThanOrEqual(played?.q ?? Number.NaN);
  await first.end("SIGKILL");

  const before = overheard.heartbeats().length;
  await commune.startAgent();
  await until(() => overheard.heartbeats().length > before, "a heartbeat of the second");
  expect(lastProven()).toEqual([toUnixSeconds(played?.endedAtMs ?? Number.NaN)]);
});
