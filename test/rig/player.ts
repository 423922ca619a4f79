import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { CardEvent } from "./card-log.ts";
import { rawBytes, testRateHz } from "./test-audio.ts";
import type { VirtualCards } from "./virtual-card.ts";

export interface Player {
  readonly process: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>;
}

export const rawInput = ["-q", "-t", "raw", "-f", "S16_LE", "-c", "1", "-r", String(testRateHz)];
/** The sink the agent uses: 100 ms in five periods. */
export const agentBuffer = ["--buffer-time=100000", "--period-time=20000"];
export const agentPeriodFrames = 960;

/** Players on virtual cards, and none left behind. */
export class Players {
  readonly #cards: VirtualCards;
  readonly #running = new Set<ChildProcess>();

  constructor(cards: VirtualCards) {
    this.#cards = cards;
  }

  run(program: string, parameters: readonly string[]): Player {
    const child = spawn(program, parameters, { env: { ...process.env, ...this.#cards.environment } });
    this.#running.add(child);
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk;
    });
    child.stdin.on("error", () => {}); // EPIPE is what a refused or killed player leaves
    const ended = once(child, "close").then(([code, signal]) => {
      this.#running.delete(child);
      return { code, signal, stderr };
    });
    return { process: child, ended };
  }

  /** aplay fed with these samples at once; its input stays open when `more` are to come. */
  feed(device: string, samples: Int16Array, parameters: readonly string[] = [], more = false): Player {
    const player = this.run("aplay", [...rawInput, ...parameters, "-D", device]);
    player.process.stdin?.write(rawBytes(samples));
    if (!more) player.process.stdin?.end();
    return player;
  }

  killAll(): void {
    for (const child of this.#running) child.kill("SIGKILL");
  }
}

export function kinds(events: readonly CardEvent[]): string[] {
  return events.map(({ event }) => event);
}
