import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

export interface ChildOrder {
  readonly path: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly stdout: "pipe" | "ignore";
}

export type ChildEnd =
  | {
      readonly kind: "exited";
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      /** The end of what it said on stderr. */
      readonly complaint: string;
    }
  | { readonly kind: "not-started"; readonly reason: string };

export interface ChildListener {
  /** Once, whatever happens: it is reaped and its pipes are empty. Never within `startChild`. */
  ended(end: ChildEnd): void;
  /** Each line of stderr. */
  said?(line: string): void;
}

export interface Child {
  /** These three are undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  /** SIGKILL to the whole process group: neither a decoder nor a sink has anything to save, and SIGTERM drains first. */
  kill(): void;
}

const COMPLAINT_CHARACTERS = 2000;

/** Starts a tool in a process group of its own. A tool that can't be started ends like any other, with the reason. */
export function startChild(order: ChildOrder, listener: ChildListener): Child {
  try {
    const child = spawn(order.path, order.parameters, {
      env: order.environment,
      stdio: ["pipe", order.stdout, "pipe"],
      detached: true,
    });
    return supervise(child, listener);
  } catch (error) {
    queueMicrotask(() => listener.ended({ kind: "not-started", reason: String(error) }));
    return { pid: undefined, stdin: undefined, stdout: undefined, kill() {} };
  }
}

function supervise(child: ChildProcess, listener: ChildListener): Child {
  let ended = false;
  let complaint = "";
  let line = "";

  function end(how: ChildEnd): void {
    if (ended) return;
    ended = true;
    listener.ended(how);
  }

  child.on("error", (error) => end({ kind: "not-started", reason: error.message }));
  child.on("close", (code, signal) => end({ kind: "exited", code, signal, complaint }));
  child.stdin?.on("error", () => {}); // it stopped reading: its exit tells why
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_CHARACTERS);
    if (listener.said === undefined) return;
    const lines = (line + text).split("\n");
    line = (lines.pop() ?? "").slice(-COMPLAINT_CHARACTERS);
    for (const whole of lines) listener.said(whole);
  });

  return {
    pid: child.pid,
    stdin: child.stdin ?? undefined,
    stdout: child.stdout ?? undefined,
    kill() {
      // Until `close` somebody of the group holds a pipe, so its id can't have passed to anybody else.
      if (!ended && child.pid !== undefined) killGroup(child.pid);
    },
  };
}

/** Nobody left in the group is what was wanted. */
export function killGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The last line it said, fit for a report; control characters of a hostile file do not reach a terminal. */
export function lastWords(complaint: string): string | undefined {
  const printable = complaint.replace(/[^\P{Cc}\n]/gu, " ");
  return printable
    .split("\n")
    .map((line) => line.trim())
    .findLast((line) => line !== "")
    ?.slice(0, 200);
}
