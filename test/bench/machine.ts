import { readFileSync } from "node:fs";
import os from "node:os";

/** Where the figures come from: without it they mean nothing. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly node: string;
  readonly ffmpeg: string;
  readonly broker: string;
}

export function thisMachine(versions: Pick<Machine, "ffmpeg" | "broker">): Machine {
  return {
    processor: os.cpus()[0]?.model ?? "unknown",
    cores: os.cpus().length,
    memoryGib: Math.round(os.totalmem() / 2 ** 30),
    kernel: `${os.type()} ${os.release()} ${os.arch()}`,
    node: process.versions.node,
    ...versions,
  };
}

/** Runnable and running tasks of the last minute. Well over 0 before the bench has begun, somebody else is at work here. */
export function loadOfLastMinute(): number {
  return os.loadavg()[0] ?? 0;
}

/** Bytes and packets that this network namespace has seen on its loopback. */
export interface LoopbackCount {
  readonly ipBytes: number;
  readonly packets: number;
}

const ETHERNET_HEADER_BYTES = 14;

/** Undefined where the loopback is shared with the rest of the machine, whose traffic would be counted too. */
export function loopbackCount(): LoopbackCount | undefined {
  const rows = readFileSync("/proc/net/dev", "utf8").trim().split("\n").slice(2);
  const [lo, ...others] = rows.map((row) => row.trim().split(/[:\s]+/));
  if (lo?.[0] !== "lo" || others.length > 0) return undefined;
  const packets = Number(lo[2]);
  return { packets, ipBytes: Number(lo[1]) - packets * ETHERNET_HEADER_BYTES };
}
