import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs, styleText } from "node:util";
import { prepareAudio } from "../src/desk/audio.ts";
import type { EvidenceLine } from "../src/domain/report.ts";
import { align } from "../test/rig/align.ts";
import { decodeAudio, writeWav } from "../test/rig/test-audio.ts";
import { createVirtualCards, type VirtualCard } from "../test/rig/virtual-card.ts";

const project = path.resolve(import.meta.dirname, "..");
const bulletin = path.join(project, "test/fixtures/ban-tin.mp3");
const commune = "xa-hoa-binh";
const issuer = "ubnd.hoa-binh";
const patienceMs = 50_000;

type Line = Readonly<Record<string, unknown>> & { readonly event?: string };

/** Processes and folders of this demo. Whatever happens, none is left behind. */
const children = new Set<ChildProcess>();
const folder = mkdtempSync(path.join(tmpdir(), "loa-demo-"));

function show(what: string, detail = ""): void {
  process.stdout.write(`${styleText("green", what.padEnd(12))} ${detail}\n`);
}

function start(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.add(child);
  child.once("close", () => children.delete(child));
  return child;
}

/** Runs `loa` to its end and returns its one JSON document. */
async function loa(...args: readonly string[]): Promise<Record<string, unknown>> {
  return JSON.parse(await output(...args));
}

/** What one `loa` command prints for programs. */
async function output(...args: readonly string[]): Promise<string> {
  const child = start(path.join(project, "scripts/loa"), [...args, "--json"]);
  let out = "";
  let err = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`loa ${args.join(" ")} ended with ${code}: ${out}${err}`);
  return out;
}

/** Keeps every JSON line a process prints, and waits for one. */
class Lines {
  readonly all: Line[] = [];
  #waiting: (() => void)[] = [];

  constructor(child: ChildProcess, stream: "stdout" | "stderr", told: (line: Line) => void = () => {}) {
    const input = child[stream];
    if (input === null) return;
    createInterface({ input }).on("line", (text) => {
      if (!text.startsWith("{")) return;
      const line: Line = JSON.parse(text);
      this.all.push(line);
      told(line);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  async until(event: string, matches: (line: Line) => boolean = () => true): Promise<Line> {
    const giveUp = AbortSignal.timeout(patienceMs);
    for (;;) {
      const found = this.all.find((line) => line.event === event && matches(line));
      if (found !== undefined) return found;
      if (giveUp.aborted)
        throw new Error(`waited ${patienceMs / 1000} s in vain for ${event}; last: ${JSON.stringify(this.all.at(-1))}`);
      await Promise.race([new Promise<void>((resolve) => this.#waiting.push(resolve)), sleep(500)]);
    }
  }
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/** The sound card to play on: the machine's own, or the virtual one with its recording. */
async function soundCard(
  device: string | undefined,
): Promise<{ device: string; environment: Record<string, string>; card?: VirtualCard }> {
  if (device !== undefined) return { device, environment: {} };
  const cardFolder = path.join(folder, "card");
  mkdirSync(cardFolder);
  const cards = await createVirtualCards(cardFolder, ["speaker1"]);
  const card = cards.card("speaker1");
  return { device: card.device, environment: { ...cards.environment }, card };
}

/** Shows the level while the bulletin is on air, as any technician could see it with `loa status`. */
async function showLevel(config: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const status = await loa("status", "--config", config).catch(() => undefined);
    const zone = (
      status?.["zones"] as
        | readonly { activity: string; levelCentiDb?: number; item?: { playedMs: number } }[]
        | undefined
    )?.[0];
    if (zone?.activity === "playing" && zone.levelCentiDb !== undefined && !isOver()) {
      const bars = Math.max(0, Math.round((zone.levelCentiDb + 6_000) / 200));
      show(
        "on air",
        `${(zone.item?.playedMs ?? 0) / 1000} s`.padEnd(10) +
          `${(zone.levelCentiDb / 100).toFixed(1)} dB`.padEnd(10) +
          "█".repeat(bars),
      );
    }
    await sleep(1_500);
  }
}

/** The gain at which the gateway says it played, from the record that the desk holds. */
async function recordedGainCentiDb(desk: readonly string[], gateway: string, itemId: string): Promise<number> {
  const listing = await output("desk", "evidence", gateway, ...desk);
  const records = listing
    .trim()
    .split("\n")
    .map((row): EvidenceLine => JSON.parse(JSON.parse(row).line));
  const played = records.find((record) => record.kind === "played" && record.itemId === itemId);
  if (played?.gainCentiDb === undefined) throw new Error("the desk holds no record of the play");
  return played.gainCentiDb;
}

/** By the recording's own samples: all of what the desk sent, in order, nothing lost, nothing doubled. */
async function verifyRecording(card: VirtualCard, framesPlayed: number, gainCentiDb: number): Promise<void> {
  // The desk's encoding is the same for the same input, bit by bit, so this is the very file that was signed.
  const sent = path.join(folder, "sent.ogg");
  writeFileSync(sent, (await prepareAudio(bulletin)).bytes);
  const factor = 10 ** (gainCentiDb / 2_000);
  const reference = (await decodeAudio(sent)).map((sample) => Math.round(sample * factor));
  const heard = await card.frames();
  const { lostFrames, doubledFrames, unmatchedFrames, normalizedError } = align(heard, reference);
  const recording = path.join(folder, "recording.wav");
  await writeWav(recording, heard);
  show("recording", recording);
  show(
    "",
    `${reference.length} frames were sent, ${framesPlayed} are on record, ${heard.length} went through the card`,
  );
  show(
    "",
    `lost ${lostFrames}, doubled ${doubledFrames}, foreign ${unmatchedFrames}; samples differ by ${(normalizedError * 100).toFixed(2)} %`,
  );
  if (lostFrames !== 0 || doubledFrames !== 0 || unmatchedFrames !== 0 || normalizedError > 0.01) {
    throw new Error("the recording is not the whole bulletin");
  }
  if (framesPlayed !== reference.length) throw new Error("the record does not say what the card played");
}

async function demo(device: string | undefined): Promise<void> {
  const desk = ["--desk", path.join(folder, "desk")];
  const port = await freePort();
  await loa("desk", "root", ...desk, "--broker", `mqtts://127.0.0.1:${port}`, "--territory", "tinh-a");
  await loa("desk", "issuer", issuer, ...desk, "--areas", commune);
  const { gateway, bundle } = await loa("desk", "gateway", ...desk, "--commune", commune, "--zones", "z1");
  show("keys", `a root, the issuer ${issuer} and the gateway ${gateway} in ${folder}/desk`);

  const broker = start("mosquitto", ["-c", path.join(folder, "desk/broker/mosquitto.conf")]);
  let brokerWords = "";
  broker.stderr?.setEncoding("utf8").on("data", (text: string) => {
    brokerWords = (brokerWords + text).slice(-2_000);
  });
  broker.once("close", (code) => {
    if (code !== 0 && code !== null) process.stderr.write(`mosquitto ended with ${code}: ${brokerWords}\n`);
  });
  show("broker", `mosquitto on 127.0.0.1:${port}, TLS 1.3, a certificate for each client, an access list`);

  const sound = await soundCard(device);
  const config = path.join(folder, "config.json");
  writeFileSync(
    config,
    JSON.stringify({
      dataDirectory: path.join(folder, "data"),
      socketPath: path.join(folder, "loa.sock"),
      clock: { source: "assumed" },
      link: { backoffBaseSeconds: 1, firstRetrySpreadSeconds: 0 },
      evidence: { lingerMs: 500 },
    }),
  );
  const profile = path.join(folder, "profile.json");
  writeFileSync(
    profile,
    JSON.stringify({
      name: "demo",
      hardware: device === undefined ? "virtual sound card of test/rig" : `ALSA device ${device}`,
      description: "The demo's one zone.",
      zones: [{ id: "z1", device: sound.device }],
    }),
  );

  const script = path.join(project, "scripts/loa");
  const serve = new Lines(start(script, ["desk", "serve", ...desk, "--json"]), "stdout");
  const agent = new Lines(
    start(script, ["run", "--config", config, "--profile", profile, "--enrolment", String(bundle)], sound.environment),
    "stderr",
    (line) => tell(line),
  );
  await Promise.all([serve.until("connected"), agent.until("link.up", ({ clientId }) => clientId === gateway)]);

  const sent = await loa(
    "desk",
    "broadcast",
    ...desk,
    "--issuer",
    issuer,
    "--to",
    commune,
    "--title",
    "Bản tin chiều",
    "--audio",
    bulletin,
  );
  show("sent", `${sent["id"]}: signed by ${issuer}, its sound in chunks`);

  await agent.until("play.started");
  const ended = agent.until("play.ended");
  let isOver = false;
  const level = showLevel(config, () => isOver);
  const played = await ended.finally(() => {
    isOver = true;
  });
  if (played["outcome"] !== "played")
    throw new Error(`the bulletin was not played to its end: ${JSON.stringify(played)}`);
  const record = await serve.until("played", ({ itemId }) => itemId === sent["id"]);
  await serve.until("evidence-acknowledged", ({ to }) => Number(to) >= Number(record["q"]));
  const acknowledged = await agent.until("evidence.acknowledged", ({ to }) => Number(to) >= Number(record["q"]));
  show(
    "proven",
    `record ${record["q"]} verified by the desk; the gateway has its acknowledgement up to ${acknowledged["to"]}`,
  );
  await level;
  if (sound.card === undefined) return;
  const gainCentiDb = await recordedGainCentiDb(desk, String(gateway), String(sent["id"]));
  await verifyRecording(sound.card, Number(played["framesPlayed"]), gainCentiDb);
}

/** The agent's own log, the lines that tell the story. */
function tell(line: Line): void {
  switch (line.event) {
    case "order.accepted":
      show(
        "accepted",
        `“${line["title"]}” for ${line["area"]}: signature, chain, area and class are good, and it is on disk`,
      );
      return;
    case "audio.ready":
      show("fetched", `all chunks are here and are what was signed (${line["hash"]})`);
      return;
    case "play.started":
      show("on air", `zone ${line["zone"]}, play ${line["play"]}`);
      return;
    case "play.ended":
      show(
        "done",
        `${line["framesPlayed"]} frames${line["framesExact"] === true ? ", exactly" : ""}; underruns ${line["underruns"]}`,
      );
      return;
    default:
      if (line["level"] === "warn" || line["level"] === "error" || line["level"] === "fatal")
        show("trouble", JSON.stringify(line));
  }
}

async function endAll(): Promise<void> {
  // The agent first and the broker last: each still says goodbye to the next.
  for (const child of [...children].reverse()) {
    const closed = once(child, "close");
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await closed;
    clearTimeout(late);
  }
}

const { values } = parseArgs({ options: { device: { type: "string" }, help: { type: "boolean", short: "h" } } });
if (values.help === true) {
  process.stdout.write(
    "usage: scripts/demo [--device ALSA-DEVICE]\n\nWithout a device a virtual sound card records what was played.\n",
  );
} else {
  const interrupted = once(process, "SIGINT").then(() => {
    throw new Error("interrupted");
  });
  try {
    await Promise.race([demo(values.device), interrupted]);
    show("verified", "the whole bulletin was played, and the desk holds the signed proof of it");
  } catch (error) {
    process.stderr.write(
      `${styleText("red", "demo failed:")} ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.stderr.write(`what it left to look at: ${folder}\n`);
    process.exitCode = 1;
  }
  await endAll();
  if (process.exitCode === undefined)
    for (const name of ["desk", "data", "card"]) rmSync(path.join(folder, name), { recursive: true, force: true });
  process.exit();
}
