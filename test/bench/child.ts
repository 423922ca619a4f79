import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Ending } from "./ending.ts";

export interface JsonLine {
  readonly event?: string;
  readonly [member: string]: unknown;
}

/** When a line was read here, beside what it says. */
type Read = { readonly atMs: number; readonly line: JsonLine };

const PATIENCE_MS = 60_000;
const TAIL_LINES = 15;

/** A program that tells what happens in JSON lines, and never outlives the bench. */
export class TellingChild {
  readonly process: ChildProcess;
  readonly startedAtMs: number;
  readonly #name: string;
  readonly #read: Read[] = [];
  readonly #tail: string[] = [];
  readonly #ended: Promise<unknown>;
  #waiting: (() => void)[] = [];

  constructor(
    command: readonly string[],
    stream: "stdout" | "stderr",
    environment: Readonly<Record<string, string>>,
    ending: Ending,
  ) {
    const [program = "", ...args] = command;
    this.#name = [program.split("/").at(-1), args[0]].join(" ");
    this.startedAtMs = performance.now();
    this.process = spawn(program, args, {
      env: { ...process.env, ...environment },
      stdio: ["ignore", stream === "stdout" ? "pipe" : "ignore", "pipe"],
    });
    this.#ended = once(this.process, "close");
    ending.add(() => this.end("SIGKILL"));
    const input = this.process[stream];
    if (input !== null) createInterface({ input }).on("line", (text) => this.#take(text));
  }

  /** Of the program itself: scripts/loa becomes Node by exec. */
  get pid(): number {
    if (this.process.pid === undefined) throw new Error(`${this.#name} could not be started`);
    return this.process.pid;
  }

  events(event: string): readonly JsonLine[] {
    return this.#read.filter(({ line }) => line.event === event).map(({ line }) => line);
  }

  /** The first line that matches, past or future. */
  async until(event: string, matches: (line: JsonLine) => boolean = () => true): Promise<Read> {
    const giveUpAtMs = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = this.#read.find(({ line }) => line.event === event && matches(line));
      if (found !== undefined) return found;
      if (performance.now() > giveUpAtMs || this.process.exitCode !== null) {
        throw new Error(`${this.#name} never told ${event}; its last lines:\n${this.#tail.join("\n")}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 500);
        this.#waiting.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.process.kill(signal);
    await this.#ended;
  }

  #take(text: string): void {
    const atMs = performance.now();
    this.#tail.push(text);
    if (this.#tail.length > TAIL_LINES) this.#tail.shift();
    if (!text.startsWith("{")) return;
    this.#read.push({ atMs, line: JSON.parse(text) });
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
