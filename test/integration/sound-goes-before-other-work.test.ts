import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import { expect, test } from "vitest";
import { until } from "./support/link.ts";
import { station } from "./support/station.ts";

test("the agent and its sink go before the rest of the box, and decoders give way to them", async () => {
  const commune = await station();
  const { bytes, audio } = await commune.item([{ toneHz: 440, seconds: 8 }]);
  const agent = await commune.startAgent();
  const { niceness } = await agent.until("agent.starting");
  await commune.broadcast(bytes, audio);
  await agent.until("play.started");

  const pid = agent.process.pid ?? 0;
  await until(() => new Set(childrenOf(pid).map(commandOf)).has("ffmpeg"), "the decoder");
  const children = Object.fromEntries(childrenOf(pid).map((child) => [commandOf(child), os.getPriority(child)]));
  expect(children).toMatchObject({ aplay: niceness, ffmpeg: Math.min(Number(niceness) + 10, 19) });
  expect(os.getPriority(pid)).toBe(niceness);
  // Whoever may raise it has it raised; a developer's account may not.
  expect(niceness).toBe(process.getuid?.() === 0 ? -10 : os.getPriority());
});

function childrenOf(parent: number): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(statOf(name)?.[1]) === parent)
    .map(Number);
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
}

/** State, parent and so on; undefined for a process that has just ended. */
function statOf(pid: string): readonly string[] | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ");
  } catch {
    return undefined;
  }
}
