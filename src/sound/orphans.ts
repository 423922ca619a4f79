import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { killGroup } from "./child.ts";

/** In the environment of every child, so that those of a killed agent are known again: one may still hold the card. */
const OWNER_VARIABLE = "LOA_SOUND_OWNER";

/** Which life of which agent started a child. Namespace and start time tell apart agents that share a process number. */
export interface Owner {
  readonly namespace: string;
  readonly pid: number;
  readonly startTime: string;
  /** Which sound thread of that agent, from 1. */
  readonly thread: number;
}

export function thisOwner(thread: number): Owner {
  return {
    namespace: readlinkSync("/proc/self/ns/pid"),
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? "",
    thread,
  };
}

export function ownerMark(owner: Owner): Readonly<Record<string, string>> {
  return { [OWNER_VARIABLE]: [owner.namespace, owner.pid, owner.startTime, owner.thread].join(" ") };
}

/** Ends the children of agents that are no more, and of this agent's earlier sound threads. */
export function endOrphans(self: Owner): void {
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid)) continue;
    const owner = ownerOf(pid);
    if (owner !== undefined && isOrphanOf(owner, self)) killGroup(pid);
  }
}

function isOrphanOf(owner: Owner, self: Owner): boolean {
  if (owner.namespace !== self.namespace) return false;
  if (startTimeOf(owner.pid) !== owner.startTime) return true;
  return owner.pid === self.pid && owner.thread !== self.thread;
}

function ownerOf(pid: number): Owner | undefined {
  const environment = readOrUndefined(`/proc/${pid}/environ`);
  const mark = environment?.split("\0").find((entry) => entry.startsWith(`${OWNER_VARIABLE}=`));
  const [namespace, owner, startTime, thread] = mark?.slice(OWNER_VARIABLE.length + 1).split(" ") ?? [];
  if (namespace === undefined || startTime === undefined) return undefined;
  return { namespace, pid: Number(owner), startTime, thread: Number(thread) };
}

/** Field 22 of its stat, in ticks since boot; the name before it may hold spaces and brackets. */
function startTimeOf(pid: number): string | undefined {
  return readOrUndefined(`/proc/${pid}/stat`)?.split(") ").at(-1)?.split(" ")[19];
}

/** Gone, or another user's: not ours. */
function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}
