import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
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
import { heardTones } from "../test/rig/listen.ts";
import { decodeAudio, writeWav } from "../test/rig/test-audio.ts";
import { createVirtualCards, type VirtualCard } from "../test/rig/virtual-card.ts";

const project = path.resolve(import.meta.dirname, "..");
const bulletin = path.join(project, "test/fixtures/ban-tin.mp3");
const commune = "xa-hoa-binh";
const issuer = "ubnd.hoa-binh";
const emergency = path.join(project, "test/fixtures/khan-cap.mp3");
const patienceMs = 50_000;
const BEFORE_THE_EMERGENCY_MS = 4_000;
const FRAMES_A_MS = 48;

type Line = Readonly<Record<string, unknown>> & { readonly event?: string };

/** Processes and folders of this demo. Whatever happens, none is left behind. */
const children = new Set<ChildProcess>();
const folder = mkdtempSync(path.join(tmpdir(), "loa-demo-"));
/** Opens the keys of this demo; an office types its passphrases. */
const passphraseFile = path.join(folder, "passphrase");

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
    env: { ...process.env, LOA_PASSPHRASE_FILE: passphraseFile, ...environment },
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

interface Zone {
  readonly id: string;
  readonly device: string;
  readonly card?: VirtualCard;
}

/** The zones' devices: one of the machine's own, or two virtual cards with their recordings. */
async function soundCards(
  device: string | undefined,
): Promise<{ readonly zones: readonly Zone[]; readonly environment: Record<string, string> }> {
  if (device !== undefined) return { zones: [{ id: "z1", device }], environment: {} };
  const cardFolder = path.join(folder, "card");
  mkdirSync(cardFolder);
  const cards = await createVirtualCards(cardFolder, ["speaker1", "speaker2"]);
  const zones = ["speaker1", "speaker2"].map((name, index) => ({
    id: `z${index + 1}`,
    device: cards.card(name).device,
    card: cards.card(name),
  }));
  return { zones, environment: { ...cards.environment } };
}

/** Shows the levels while something is on air, as any technician could see them with `loa status`. */
async function showLevels(config: string, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const status = await loa("status", "--config", config).catch(() => undefined);
    const zones = (status?.["zones"] ?? []) as readonly {
      readonly id: string;
      readonly activity: string;
      readonly levelCentiDb?: number;
      readonly item?: { readonly title: string };
    }[];
    for (const { id, activity, levelCentiDb, item } of isOver() ? [] : zones) {
      if (activity !== "playing" || levelCentiDb === undefined) continue;
      const bars = Math.max(0, Math.round((levelCentiDb + 6_000) / 250));
      show(
        "on air",
        `${id}  ${(levelCentiDb / 100).toFixed(1).padStart(6)} dB  ${"█".repeat(bars).padEnd(24)} ${item?.title}`,
      );
    }
    await sleep(2_000);
  }
}

/** The records of a gateway, as the desk has verified them. */
async function recordsOf(desk: readonly string[], gateway: string): Promise<readonly EvidenceLine[]> {
  const listing = await output("desk", "evidence", gateway, ...desk);
  return listing
    .trim()
    .split("\n")
    .map((row): EvidenceLine => JSON.parse(JSON.parse(row).line));
}

/** By the recording's own samples: each record of the zone is to be found in it whole, nothing lost, nothing doubled. */
async function verifyRecording(
  { id, card }: Zone,
  records: readonly EvidenceLine[],
  sent: ReadonlyMap<string, string>,
): Promise<void> {
  if (card === undefined) return;
  const heard = await card.frames();
  const recording = path.join(folder, `${id}.wav`);
  await writeWav(recording, heard);
  show("recording", recording);
  let after = -1;
  for (const { kind, itemId, offsetMs = 0, framesPlayed = 0, gainCentiDb = 0 } of records) {
    // The desk's encoding is the same for the same input, bit by bit, so this is the very file that was signed.
    const file = path.join(folder, "sent.ogg");
    writeFileSync(file, (await prepareAudio(sent.get(itemId ?? "") ?? "")).bytes);
    const factor = 10 ** (gainCentiDb / 2_000);
    const from = offsetMs * FRAMES_A_MS;
    const part = (await decodeAudio(file))
      .subarray(from, from + framesPlayed)
      .map((sample) => Math.round(sample * factor));
    const { lag, lostFrames, doubledFrames, unmatchedFrames, normalizedError } = align(heard, part);
    const differs = `${(normalizedError * 100).toFixed(2)} %`;
    show(
      "",
      `${kind.padEnd(10)} ${String(framesPlayed).padStart(8)} frames from ${(offsetMs / 1000).toFixed(1)} s on: lost ${lostFrames}, doubled ${doubledFrames}, differ by ${differs}`,
    );
    if (lostFrames + doubledFrames + unmatchedFrames !== 0 || normalizedError > 0.01) {
      throw new Error(`the recording of ${id} is not what is on record`);
    }
    if (lag <= after) throw new Error(`the recording of ${id} has another order than its records`);
    after = lag;
  }
  const tones = heardTones(heard, FRAMES_A_MS * 1000, [650, 1_000]).filter(({ frames }) => frames > 200 * FRAMES_A_MS);
  if (tones.length > 0) show("", `attention tone: ${tones.length} turns of 650 and 1,000 Hz, then speech`);
}

async function demo(device: string | undefined): Promise<void> {
  const desk = ["--desk", path.join(folder, "desk")];
  writeFileSync(passphraseFile, randomBytes(16).toString("base64url"), { mode: 0o600 });
  const port = await freePort();
  const sound = await soundCards(device);
  const placed = sound.zones.map(({ id }, index) => (index === sound.zones.length - 1 ? `${id}=market` : id)).join(",");
  await loa("desk", "root", ...desk, "--broker", `mqtts://127.0.0.1:${port}`, "--territory", "tinh-a");
  const upToSevere = ["--class-max", "emergency", "--severity-max", "2"];
  await loa("desk", "issuer", issuer, ...desk, "--areas", commune, ...upToSevere);
  const enrolment = path.join(folder, "enrolment");
  const { request } = await loa("enrol", "--enrolment", enrolment, "request", "--out", folder);
  const site = ["--commune", commune, "--zones", placed];
  const { gateway, bundle } = await loa("desk", "enrol", String(request), ...desk, ...site);
  await loa("enrol", "--enrolment", enrolment, "install", String(bundle));
  show("keys", `a root, the issuer ${issuer} in ${folder}/desk; the gateway ${gateway}, with keys of its own`);
  startBroker();
  show("broker", `mosquitto on 127.0.0.1:${port}, TLS 1.3, a certificate for each client, an access list`);
  const { config, profile } = writeSettings(sound.zones);
  const script = path.join(project, "scripts/loa");
  const serve = new Lines(start(script, ["desk", "serve", ...desk, "--json"]), "stdout");
  // From its first subscription on the broker keeps reports for it; what is said before nobody hears for ten minutes.
  await serve.until("restored");
  const run = ["run", "--config", config, "--profile", profile, "--enrolment", enrolment];
  const agent = new Lines(start(script, run, sound.environment), "stderr", tell);
  await agent.until("link.up", ({ clientId }) => clientId === gateway);

  const send = (title: string, audio: string, ...more: readonly string[]) =>
    loa("desk", "broadcast", ...desk, "--issuer", issuer, "--to", commune, "--title", title, "--audio", audio, ...more);
  const { id: calm } = await send("Bản tin chiều", bulletin);
  show("sent", `${calm}: a bulletin to every zone, signed by ${issuer}`);
  await agent.until("play.started");
  let isOver = false;
  const levels = showLevels(config, () => isOver);
  await sleep(BEFORE_THE_EMERGENCY_MS);
  const { id: urgent } = await send(
    "Lũ khẩn cấp",
    emergency,
    "--class",
    "emergency",
    "--severity",
    "2",
    "--tags",
    "market",
  );
  show("sent", `${urgent}: an emergency to the market alone`);

  const heardOf = (itemId: unknown) =>
    agent.until("play.ended", (line) => line["id"] === itemId && line["outcome"] === "played");
  const market = sound.zones.at(-1)?.id;
  await heardOf(urgent);
  await agent.until(
    "play.ended",
    (line) => line["id"] === calm && line["zone"] === market && line["outcome"] === "played",
  );
  isOver = true;
  await levels;
  const isLast = (line: Line) => line["itemId"] === calm && line["zone"] === market;
  const record = await serve.until("played", isLast);
  const acknowledged = await agent.until("evidence.acknowledged", ({ to }) => Number(to) >= Number(record["q"]));
  show("proven", `the desk has verified the records; the gateway has its acknowledgement up to ${acknowledged["to"]}`);

  const sent = new Map([
    [String(calm), bulletin],
    [String(urgent), emergency],
  ]);
  const records = (await recordsOf(desk, String(gateway))).filter(
    ({ kind }) => kind === "played" || kind === "preempted",
  );
  for (const zone of sound.zones) {
    await verifyRecording(
      zone,
      records.filter((line) => line.zone === zone.id),
      sent,
    );
  }
}

function startBroker(): void {
  const broker = start("mosquitto", ["-c", path.join(folder, "desk/broker/mosquitto.conf")]);
  let words = "";
  broker.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words = (words + text).slice(-2_000);
  });
  broker.once("close", (code) => {
    if (code !== 0 && code !== null) process.stderr.write(`mosquitto ended with ${code}: ${words}\n`);
  });
}

function writeSettings(zones: readonly Zone[]): { readonly config: string; readonly profile: string } {
  const config = path.join(folder, "config.json");
  const profile = path.join(folder, "profile.json");
  const settings = {
    dataDirectory: path.join(folder, "data"),
    socketPath: path.join(folder, "loa.sock"),
    clock: { source: "assumed" },
    link: { backoffBaseSeconds: 1, firstRetrySpreadSeconds: 0 },
    evidence: { lingerMs: 500 },
  };
  const box = {
    name: "demo",
    hardware: zones.some(({ card }) => card !== undefined) ? "virtual sound cards of test/rig" : "a sound card",
    description: "The demo's zones.",
    zones: zones.map(({ id, device }) => ({ id, device })),
  };
  writeFileSync(config, JSON.stringify(settings));
  writeFileSync(profile, JSON.stringify(box));
  return { config, profile };
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
      show(
        "on air",
        `“${line["title"]}” in ${line["zone"]}, play ${line["play"]}, from ${Number(line["offsetMs"]) / 1000} s on`,
      );
      return;
    case "play.ended":
      show(
        line["outcome"] === "played" ? "done" : "cut",
        `${line["zone"]}: ${line["framesPlayed"]} frames${line["framesExact"] === true ? ", exactly" : ""}; underruns ${line["underruns"]}`,
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
    "usage: scripts/demo [--device ALSA-DEVICE]\n\nWithout a device two virtual sound cards record what was played.\n",
  );
} else {
  const interrupted = once(process, "SIGINT").then(() => {
    throw new Error("interrupted");
  });
  try {
    await Promise.race([demo(values.device), interrupted]);
    show("verified", "bulletin and emergency were played as they should, and the desk holds the signed proof of it");
  } catch (error) {
    process.stderr.write(
      `${styleText("red", "demo failed:")} ${error instanceof Error ? error.message : String(error)}\n`,
    );
    process.stderr.write(`what it left to look at: ${folder}\n`);
    process.exitCode = 1;
  }
  await endAll();
  if (process.exitCode === undefined)
    for (const name of ["desk", "data", "card", "passphrase"])
      rmSync(path.join(folder, name), { recursive: true, force: true });
  process.exit();
}
