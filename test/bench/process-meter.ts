import { readdirSync, readFileSync } from "node:fs";

/** What the kernel has counted for one process since it began. */
export interface ProcessReading {
  readonly atMs: number;
  readonly residentMb: number;
  /** Of `residentMb`: the program, its libraries and other files, which the kernel may drop and read again. */
  readonly fileMb: number;
  /** On a processor, all threads. */
  readonly busyMs: number;
  /** Times that a thread gave up the processor by itself: how often it was woken. */
  readonly wakeUps: number;
  readonly writtenBytes: number;
}

const NANOSECONDS_PER_MS = 1e6;
/** USER_HZ is 100 wherever Linux runs. */
const TICK_MS = 10;

export function readProcess(pid: number): ProcessReading {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const tasks = readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}`);
  return {
    atMs: performance.now(),
    residentMb: field(status, "VmRSS") / 1024,
    fileMb: field(status, "RssFile") / 1024,
    busyMs:
      sum(tasks.map((task) => Number(readFileSync(`${task}/schedstat`, "utf8").split(" ")[0]))) / NANOSECONDS_PER_MS,
    wakeUps: sum(tasks.map((task) => field(readFileSync(`${task}/status`, "utf8"), "voluntary_ctxt_switches"))),
    writtenBytes: field(readFileSync(`/proc/${pid}/io`, "utf8"), "write_bytes"),
  };
}

/** On a processor, with all children, those that are reaped too: in steps of 10 ms. */
export function familyBusyMs(pid: number): number {
  const [, ...fields] = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").at(-1)?.split(" ") ?? [];
  const ticks = sum(fields.slice(10, 14).map(Number)); // utime, stime, cutime, cstime
  return ticks * TICK_MS + sum(childrenOf(pid).map((child) => familyBusyMs(child.pid)));
}

/** Share of one core between two readings of the same process. */
export function busyPercent(from: ProcessReading, to: ProcessReading): number {
  return ((to.busyMs - from.busyMs) / (to.atMs - from.atMs)) * 100;
}

export interface ChildProcessName {
  readonly program: string;
  readonly pid: number;
}

/** What the agent has started and not yet reaped. */
export function childrenOf(pid: number): readonly ChildProcessName[] {
  const children: ChildProcessName[] = [];
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    for (const child of readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean)) {
      children.push({ program: readFileSync(`/proc/${child}/comm`, "utf8").trim(), pid: Number(child) });
    }
  }
  return children;
}

function field(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
