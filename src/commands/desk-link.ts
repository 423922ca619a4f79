import { SystemChance } from "../adapters/chance.ts";
import { PinoLog } from "../adapters/log.ts";
import { SystemClock } from "../adapters/system-clock.ts";
import { SystemTimers } from "../adapters/timers.ts";
import type { Desk } from "../desk/desk.ts";
import { connectOnce, passingLink } from "../desk/link.ts";
import type { Link } from "../domain/ports.ts";

const CONNECT_WITHIN_MS = 20_000;

/** A connection for one command, closed whatever happens. `name` tells it from others of this desk. */
export async function withPassingLink(desk: Desk, name: string, work: (link: Link) => Promise<void>): Promise<void> {
  const log = new PinoLog("error");
  const timers = new SystemTimers(log);
  const clock = new SystemClock("assumed", timers, log);
  const link = passingLink(desk, name, { clock, timers, chance: new SystemChance(), log });
  try {
    await connectOnce(link, timers, desk.settings.broker, CONNECT_WITHIN_MS);
    await work(link);
  } finally {
    await link.stop();
  }
}
