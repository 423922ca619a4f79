import { setTimeout as delay } from "node:timers/promises";
import type { Command } from "commander";
import type { Config } from "../config/schema.ts";
import { isAgentFailure } from "../domain/failure.ts";
import { say } from "../texts/say.ts";
import { askTheAgent, lastTimeZone, STATUS } from "./agent-question.ts";
import { clocksOf, instantText } from "./moments.ts";
import { wantsJson } from "./output.ts";
import { type ScreenSize, watchLines } from "./watch-text.ts";

const EVERY_MS = 1000;
const USUAL_COLUMNS = 80;

/** A second screen, so that what stood on the first one comes back afterwards; the cursor would only blink in the way. */
const ENTER_SCREEN = "\u001b[?1049h\u001b[?25l";
const LEAVE_SCREEN = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";

/** Shows the agent once a second until somebody has seen enough: Ctrl-C, a closed pipe, or the end of the session. */
export async function watchStatus(config: Config, command: Command): Promise<void> {
  const json = wantsJson(command);
  const screen = process.stdout.isTTY && !json ? new Screen() : undefined;
  const ended = new AbortController();
  const end = () => ended.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, end);
  process.stdout.on("error", end);
  screen?.enter();
  const agent = new WatchedAgent(config);
  try {
    while (!ended.signal.aborted) {
      const lines = await agent.look(json, screen?.size ?? { columns: USUAL_COLUMNS });
      if (ended.signal.aborted) break;
      if (screen === undefined) process.stdout.write(`${lines.join("\n")}\n${json ? "" : "\n"}`);
      else screen.show(lines);
      await delay(EVERY_MS, undefined, { signal: ended.signal }).catch(() => {});
    }
  } finally {
    screen?.leave();
  }
}

/** An agent that is away is part of what there is to see: it may be starting. */
class WatchedAgent {
  readonly #config: Config;
  /** As it was told last. */
  #timeZone: string | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  async look(json: boolean, size: ScreenSize): Promise<readonly string[]> {
    try {
      const report = await askTheAgent(this.#config, STATUS);
      this.#timeZone = report.timeZone;
      return json ? [JSON.stringify({ source: "agent", ...report })] : watchLines(report, size);
    } catch (error) {
      if (!isAgentFailure(error) || error.code !== "agent-unreachable") throw error;
      const { code, message, hint } = error;
      if (json) return [JSON.stringify({ error: { code, message, hint } })];
      this.#timeZone ??= await lastTimeZone(this.#config);
      const { timeZone, notice } = clocksOf(this.#timeZone);
      return [say("status.watch.gone", { at: instantText(Date.now(), timeZone), reason: message }), ...notice];
    }
  }
}

/** Draws over what it drew before. */
class Screen {
  #last: readonly string[] = [];

  get size(): Required<ScreenSize> {
    return { columns: process.stdout.columns || USUAL_COLUMNS, rows: process.stdout.rows || undefined };
  }

  enter(): void {
    process.stdout.write(ENTER_SCREEN);
  }

  show(lines: readonly string[]): void {
    this.#last = lines;
    const drawn = lines.map((line) => `${line}${CLEAR_LINE}`).join("\r\n");
    process.stdout.write(`${HOME}${drawn}${CLEAR_BELOW}`);
  }

  /** The last screen stays readable where the command was typed. */
  leave(): void {
    process.stdout.write(`${LEAVE_SCREEN}${this.#last.join("\n")}\n`);
  }
}
