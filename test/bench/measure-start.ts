import type { Measurement } from "./bench-run.ts";
import { benchStation, controlUp } from "./bench-station.ts";
import { quantile } from "./figure.ts";

/** From the spawn of scripts/loa to the CONNACK on the control connection, by a database and a compile cache that are there. */
export const measureStart: Measurement = async ({ isQuick, ending }) => {
  const starts = isQuick ? 5 : 10;
  const station = await benchStation(ending);
  const tookMs: number[] = [];
  for (let n = -1; n < starts; n += 1) {
    const agent = station.spawnAgent();
    tookMs.push((await controlUp(agent)) - agent.startedAtMs);
    await agent.end();
  }
  const [first = Number.NaN, ...later] = tookMs;
  return [
    {
      ...{ name: "start to connected", value: quantile(later, 0.5), unit: "ms", target: { atMost: 200 } },
      note: `median of ${starts}, ${Math.round(Math.min(...later))} to ${Math.round(Math.max(...later))}; first start of all ${Math.round(first)}`,
    },
  ];
};
