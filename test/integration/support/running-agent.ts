import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { askAgent } from "../../../src/adapters/status-socket.ts";
import type { StatusReport } from "../../../src/domain/status.ts";
import { node, project } from "./cli.ts";
import { PATIENCE_MS, until } from "./link.ts";
import { secretsOf } from "./secrets.ts";

export interface LogLine {
  readonly level: string;
  readonly time: string;
  readonly event: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The limits under which production starts it (scripts/loa), but from the sources. */
const NODE_FLAGS = ["--max-semi-space-size=1", "--max-old-space-size=64"];

/** `loa run` as a process of its own: what it logs, how it ends, and every way to end it. */
export class RunningAgent {
  readonly lines: LogLine[] = [];
  readonly process: ChildProcess;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #socketPath: string;
  readonly #secrets: readonly string[];
  #unparsed = "";
  #hasEnded = false;

  constructor(args: readonly string[], environment: Readonly<Record<string, string>>, socketPath: string) {
    this.#socketPath = socketPath;
    this.#secrets = secretsOf(args);
    const cli = path.join(project, "src/cli.ts");
    this.process = spawn(node, [...NODE_FLAGS, cli, "run", ...args], {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.process.stderr?.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    this.ended = once(this.process, "close").then(([code, signal]) => {
      this.#hasEnded = true;
      return { code, signal };
    });
  }

  /** What it wrote that was no log line: the failure report of a start that ended at once. */
  get words(): string {
    return this.#unparsed;
  }

  events(event: string): LogLine[] {
    return this.lines.filter((line) => line.event === event);
  }

  /** Resolves with the first line that matches, past or future. */
  async until(
    event: string,
    matches: (line: LogLine) => boolean = () => true,
    withinMs = PATIENCE_MS,
  ): Promise<LogLine> {
    const find = () => this.lines.find((line) => line.event === event && matches(line));
    const what = () => `${event}; the agent's last lines: ${this.tail}`;
    // Not as soon as the process is gone: its last lines may still be in the pipe.
    await until(() => find() !== undefined || this.#hasEnded, what(), withinMs).catch(() => {});
    const found = find();
    if (found === undefined) throw new Error(`never logged: ${what()}`);
    return found;
  }

  get tail(): string {
    const last = this.lines.slice(-12).map((line) => JSON.stringify(line));
    return `\n${last.join("\n")}\n${this.#unparsed}`;
  }

  async status(): Promise<StatusReport> {
    return (await askAgent(this.#socketPath, "status", PATIENCE_MS)) as StatusReport;
  }

  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    this.process.kill(signal);
    return this.ended;
  }

  /** Throws, and fails whatever test is running, when the agent writes what nobody may read: so every log of every test is searched. */
  #read(text: string): void {
    if (this.#secrets.some((secret) => (this.#unparsed + text).includes(secret))) {
      throw new Error("the agent wrote a secret into its log");
    }
    const lines = (this.#unparsed + text).split("\n");
    this.#unparsed = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("{")) this.lines.push(JSON.parse(line));
      else this.#unparsed = `${line}\n${this.#unparsed}`;
    }
  }
}
