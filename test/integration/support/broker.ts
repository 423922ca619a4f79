import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fillTemplate } from "../../../scripts/mosquitto/template.ts";
import type { CertificateFiles, TestAuthority } from "./certificates.ts";
import { atTheEnd, whenItFails } from "./lifetime.ts";
import { PATIENCE_MS } from "./link.ts";

export interface BrokerOptions {
  /** With it the shipped configuration and access list run: TLS 1.3, a certificate for each client. Else plain and open. */
  readonly authority?: TestAuthority;
  /** What the broker shows instead of a good certificate for 127.0.0.1. */
  readonly server?: CertificateFiles;
  /** The common name that the access list takes for the desk. */
  readonly desk?: string;
  /** Keep sessions and retained messages over a restart. Always so in the shipped configuration. */
  readonly persistence?: boolean;
  /** Lines of mosquitto.conf, instead of those with the same key. */
  readonly configuration?: readonly string[];
}

const TEMPLATES = path.resolve(import.meta.dirname, "../../../scripts/mosquitto");
const ADDRESS = "127.0.0.1";
const LOG_TAIL_LINES = 60;

/** A real mosquitto on a free port of this machine, with a folder and a configuration of its own. */
export class TestBroker {
  readonly port: number;
  readonly folder: string;
  readonly url: string;
  readonly #configFile: string;
  #process: ChildProcess | undefined;
  #configuration: readonly string[] = [];
  #log = "";

  constructor(port: number, folder: string, url: string) {
    this.port = port;
    this.folder = folder;
    this.url = url;
    this.#configFile = path.join(folder, "mosquitto.conf");
  }

  get log(): string {
    return this.#log;
  }

  get logTail(): string {
    return this.#log.split("\n").slice(-LOG_TAIL_LINES).join("\n");
  }

  /** Sets lines of its mosquitto.conf, instead of those with the same key, for the next start. */
  configure(lines: readonly string[]): void {
    const keys = lines.map(keyOf);
    const kept = this.#configuration.filter((line) => !keys.includes(keyOf(line)));
    this.#configuration = [...kept, ...lines];
    writeFileSync(this.#configFile, `${this.#configuration.join("\n")}\n`);
  }

  /** Starts it, or starts it again on the same port with the same folder. Resolves when it takes connections. */
  async start(): Promise<void> {
    const child = spawn("mosquitto", ["-c", this.#configFile], { stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.#log += text;
      });
    }
    const giveUpAtMs = performance.now() + PATIENCE_MS;
    while (!(await isOpen(this.port))) {
      if (child.exitCode !== null || performance.now() > giveUpAtMs) {
        throw new Error(`mosquitto did not start:\n${this.logTail}`);
      }
      await sleep(10);
    }
  }

  /** Writes its database and ends. */
  async stop(): Promise<void> {
    await this.#end("SIGTERM");
  }

  /** As a power cut: nothing is written, nobody is told. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Connections stay open and nothing answers: what a half-open mobile link looks like from here. */
  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  async #end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGCONT");
    child.kill(signal);
    await ended;
  }
}

/** Writes the configuration and starts nothing yet. */
export async function prepareBroker(options: BrokerOptions = {}): Promise<TestBroker> {
  const port = await freePort();
  const folder = mkdtempSync(path.join(tmpdir(), "loa-broker-"));
  const { authority, configuration = [] } = options;
  const lines = authority === undefined ? plain(port, folder, options) : shipped(port, folder, authority, options);
  const broker = new TestBroker(port, folder, `${authority === undefined ? "mqtt" : "mqtts"}://${ADDRESS}:${port}`);
  broker.configure(lines);
  broker.configure(configuration);
  return broker;
}

/** A running broker for one test: ended with it, and its log shown when it fails. */
export async function brokerForTest(options: BrokerOptions = {}): Promise<TestBroker> {
  const broker = await prepareBroker(options);
  endWithTest(broker);
  await broker.start();
  return broker;
}

/** Something that speaks raw bytes on a port, for what no real broker does on request. Returns its address. */
export function rawBroker(serve: (socket: net.Socket) => void): Promise<string> {
  const server = net.createServer((socket) => {
    socket.on("error", () => {}); // the other side may hang up in the middle
    serve(socket);
  });
  return listenForTest(server, "mqtt");
}

/** Puts a server of the test's own on a free port until the test ends. Returns its address. */
export async function listenForTest(server: net.Server, scheme: "mqtt" | "mqtts"): Promise<string> {
  const sockets = new Set<net.Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  atTheEnd(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return `${scheme}://${ADDRESS}:${await listenAnywhere(server)}`;
}

export function endWithTest(broker: TestBroker): void {
  whenItFails(() => console.error(`mosquitto's last words:\n${broker.logTail}`));
  atTheEnd(async () => {
    await broker.kill();
    rmSync(broker.folder, { recursive: true, force: true });
  });
}

function plain(port: number, folder: string, { persistence = false }: BrokerOptions): readonly string[] {
  return [
    `user ${userInfo().username}`,
    `listener ${port} ${ADDRESS}`,
    "allow_anonymous true",
    `persistence ${persistence}`,
    `persistence_location ${folder}/`,
    "sys_interval 0",
    "set_tcp_nodelay true",
    "log_dest stderr",
    "log_type all",
  ];
}

function shipped(port: number, folder: string, authority: TestAuthority, options: BrokerOptions): readonly string[] {
  const server = options.server ?? authority.issueServer();
  copyFileSync(authority.certFile, path.join(folder, "ca.pem"));
  copyFileSync(server.certFile, path.join(folder, "server-cert.pem"));
  copyFileSync(server.keyFile, path.join(folder, "server-key.pem"));
  const fill = (name: string): string =>
    fillTemplate(readFileSync(path.join(TEMPLATES, name), "utf8"), {
      USER: userInfo().username,
      ADDRESS,
      PORT: port,
      FOLDER: folder,
      DESK: options.desk ?? "desk",
    });
  writeFileSync(path.join(folder, "acl"), fill("acl"), { mode: 0o600 });
  return fill("mosquitto.conf").split("\n");
}

/** Several listeners, log types and plugin options may stand side by side; comments all have their own `key`. */
function keyOf(line: string): string {
  const key = line.split(" ", 1)[0] ?? "";
  return ["#", "", "listener", "log_type", "plugin", "plugin_opt_config_file"].includes(key) ? line : key;
}

/** The kernel's choice. Somebody else could take it before mosquitto does; it does not give one out twice in a row. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  const port = await listenAnywhere(server);
  server.close();
  await once(server, "close");
  return port;
}

async function listenAnywhere(server: net.Server): Promise<number> {
  server.listen(0, ADDRESS);
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function isOpen(port: number): Promise<boolean> {
  const socket = net.connect(port, ADDRESS);
  const open = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "close").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return open;
}
