import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { TellingChild } from "./child.ts";
import type { Ending } from "./ending.ts";

const BROKER_UP_WITHIN_MS = 5_000;

export async function startBroker(configFile: string, port: number, ending: Ending): Promise<void> {
  const broker = new TellingChild(["mosquitto", "-c", configFile], "stderr", {}, ending);
  const giveUpAtMs = performance.now() + BROKER_UP_WITHIN_MS;
  while (!(await isOpen(port))) {
    if (broker.process.exitCode !== null || performance.now() > giveUpAtMs) throw new Error("mosquitto did not start");
    await sleep(10);
  }
}

async function isOpen(port: number): Promise<boolean> {
  const socket = net.connect(port, "127.0.0.1");
  const open = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "close").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return open;
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}
