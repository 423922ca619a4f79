import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Ending } from "../ending.ts";
import type { Stage } from "./peer.ts";

const UP_WITHIN_MS = 30_000;
const LOOK_MS = 50;

function logOf({ folder }: Stage): string {
  return path.join(folder, "peer.log");
}

export function lastWords(stage: Stage): string {
  return readFileSync(logOf(stage), "utf8").slice(-2_000);
}

/** In a process group of its own, so that what it started ends with it. Its words go to a file in the stage's folder. */
export function startPeer(command: readonly string[], stage: Stage): void {
  const { environment, ending } = stage;
  const [program = "", ...args] = command;
  const log = openSync(logOf(stage), "a");
  const child = spawn(program, args, {
    detached: true,
    env: { ...process.env, ...environment },
    stdio: ["ignore", log, log],
  });
  const ended = once(child, "close");
  ending.add(async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    await ended;
  });
}

/** Connected as soon as somebody listens. Answers are read and dropped. */
export async function connectWhenThere(socketPath: string, ending: Ending): Promise<net.Socket> {
  const giveUpAtMs = performance.now() + UP_WITHIN_MS;
  for (;;) {
    const socket = net.connect(socketPath);
    try {
      await once(socket, "connect");
      ending.add(() => socket.destroy());
      return socket.resume();
    } catch (error) {
      if (performance.now() > giveUpAtMs) throw error;
      await sleep(LOOK_MS);
    }
  }
}
