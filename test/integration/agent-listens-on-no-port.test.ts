import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { framesHeard } from "./support/hearing.ts";
import { station } from "./support/station.ts";

const LISTENING = "0A";

/** The process and all below it: decoder and sink too. */
function family(pid: number): readonly number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const children = tasks.flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" "));
    return [pid, ...children.filter(Boolean).flatMap((child) => family(Number(child)))];
  } catch {
    return []; // ended meanwhile, as a decoder does
  }
}

/** Inodes of the sockets that a process holds. */
function socketsOf(pid: number): readonly string[] {
  if (!existsSync(`/proc/${pid}/fd`)) return [];
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
    } catch {
      return []; // closed meanwhile
    }
  });
}

/** Local addresses of TCP sockets that wait for strangers, and of all UDP sockets, by inode. */
function openPorts(): ReadonlyMap<string, string> {
  const rows = ["tcp", "tcp6", "udp", "udp6"].flatMap((table) =>
    readFileSync(`/proc/net/${table}`, "utf8")
      .split("\n")
      .slice(1)
      .filter(Boolean)
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state]) => table.startsWith("udp") || state === LISTENING)
      .map(([, address = "", , , , , , , , inode = ""]) => [inode, `${table} ${address}`] as const),
  );
  return new Map(rows);
}

test("the agent, its decoder and its sink listen on no port, and its socket is for owner and group", async () => {
  const commune = await station();
  const agent = await commune.startSubscribed();
  const item = await commune.tone(440, 2);
  await commune.broadcast(item.bytes, item.audio);
  await framesHeard(commune, "z1", 12_000);

  const processes = family(agent.process.pid ?? 0);
  expect(processes.length).toBeGreaterThan(1);
  const ports = openPorts();
  const held = processes.flatMap(socketsOf);
  expect(held.length).toBeGreaterThan(2); // the two connections to the broker at least
  expect(held.flatMap((inode) => ports.get(inode) ?? [])).toEqual([]);

  const socket = statSync(path.join(commune.folder, "loa.sock"));
  expect(socket.mode & 0o777).toBe(0o660);
  expect([socket.uid, socket.gid]).toEqual([process.getuid?.(), process.getgid?.()]);
});
