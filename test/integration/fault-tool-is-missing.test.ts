import { expect, test } from "vitest";
import { contentFrames } from "../rig/listen.ts";
import { splitAtLastPlay } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import { station } from "./support/station.ts";

test.each(["ffmpeg", "aplay"])(
  "without %s the agent runs, says so, keeps the order, and plays it once the tool is there",
  async (tool) => {
    const missing = `/nowhere/${tool}`;
    const commune = await station({ config: { tools: { [tool]: missing } } });
    const { bytes, audio, samples } = await commune.item([{ seconds: 1, noiseSeed: 31 }]);
    const without = await commune.startAgent();
    const alarm = await commune.told("alarm", { code: "play-failed", state: "raised" });
    expect(alarm).toMatchObject({ severity: "major", detail: expect.stringContaining(missing) });

    const { id: itemId } = await commune.broadcast(bytes, audio);
    const failed = await without.until("play.failed");
    expect(failed).toMatchObject({ code: "output", framesPlayed: 0, detail: expect.stringContaining(missing) });
    expect((await without.status()).zones).toMatchObject([{ activity: "faulted" }]);
    expect(contentFrames(await commune.heard()).frames).toBe(0);
    expect(await without.end()).toEqual({ code: 0, signal: null });

    commune.configure({ tools: {} });
    const agent = await commune.startAgent();
    await agent.until("play.ended");
    expect(splitAtLastPlay(await commune.heard(), samples)).toEqual({ before: new Int16Array(), isWhole: true });
    await commune.told("alarm", { code: "play-failed", state: "cleared" });
    const records = () => commune.archived().filter((line) => line.itemId === itemId && line.play !== undefined);
    await until(() => records().at(-1)?.kind === "played", "the record at the desk");
    expect(records().map(({ play }) => play)).toEqual(records().map((_, index) => index + 1));
    for (const record of records().slice(0, -1))
      expect(record).toMatchObject({ kind: "failed", code: "output", framesPlayed: 0 });
    expect(commune.rows("SELECT state FROM broadcasts")).toEqual([{ state: "done" }]);
  },
);
