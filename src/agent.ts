import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { brokerLinks } from "./adapters/broker-links.ts";
import type { CertificateTime } from "./adapters/broker-trust.ts";
import { authorityEnd, readCertificate } from "./adapters/certificate.ts";
import { SystemChance } from "./adapters/chance.ts";
import { LinuxHost } from "./adapters/host.ts";
import { type Inventory, readInventory } from "./adapters/inventory.ts";
import { ScheduledWakeUp } from "./adapters/scheduled-wake-up.ts";
import { loadSigner } from "./adapters/signer.ts";
import { StatusSocket } from "./adapters/status-socket.ts";
import { SystemClock } from "./adapters/system-clock.ts";
import { notifySystemd } from "./adapters/systemd.ts";
import { SystemTimers } from "./adapters/timers.ts";
import { findTool } from "./adapters/tool-check.ts";
import type { Enrolment } from "./config/enrolment.ts";
import { databasePaths } from "./config/paths.ts";
import { type Profile, zoneSinks } from "./config/profile.ts";
import type { Config } from "./config/schema.ts";
import { SETTLES_AFTER_MS } from "./core/clock-machine.ts";
import * as evidenceChain from "./core/evidence.ts";
import type { TimeBounds } from "./core/untimed.ts";
import type { ItemKey } from "./domain/broadcast.ts";
import type { CertificateEnd } from "./domain/diagnosis.ts";

import { AgentFailure } from "./domain/failure.ts";
import type { Log, Part } from "./domain/ports.ts";
import { AlarmBoard } from "./pipeline/alarm-board.ts";
import { CertificateWatch } from "./pipeline/certificate-watch.ts";
import { Conductor } from "./pipeline/conductor.ts";
import { Control } from "./pipeline/control.ts";
import { Fetcher } from "./pipeline/fetch.ts";
import { Halts } from "./pipeline/halts.ts";
import { Housekeeping } from "./pipeline/housekeeping.ts";
import { Intake } from "./pipeline/intake.ts";
import { Items } from "./pipeline/items.ts";
import { Lifecycle } from "./pipeline/lifecycle.ts";
import { Presence } from "./pipeline/presence.ts";
import { Recall } from "./pipeline/recall.ts";
import { Recorder } from "./pipeline/recorder.ts";
import { RefusalCounter } from "./pipeline/refusal-counter.ts";
import { Reports } from "./pipeline/reports.ts";
import { StatusView } from "./pipeline/status-view.ts";
import { TimeAsker } from "./pipeline/time-asker.ts";
import { TrustChanges } from "./pipeline/trust-changes.ts";

import { loadTrust, type TrustState } from "./pipeline/trust-state.ts";
import { TrustedClock } from "./pipeline/trusted-clock.ts";
import { Uplink } from "./pipeline/uplink.ts";
import { Voice } from "./pipeline/voice.ts";
import { Watch } from "./pipeline/watch.ts";
import { Withdrawals } from "./pipeline/withdrawals.ts";
import { ZonePlayer } from "./pipeline/zone-player.ts";
import { SoundThread } from "./sound/zone-output.ts";
import { type AudioStore, openAudio } from "./store/audio.ts";
import { FolderClaim } from "./store/folder-claim.ts";
import { type OpenedOrders, type OrdersStore, openOrders } from "./store/orders.ts";
import { say } from "./texts/say.ts";

export interface AgentOptions {
  readonly config: Config;
  readonly profile: Profile;
  readonly enrolment: Enrolment;
  /** Where `enrolment` was read from: the epoch's id is kept there. */
  readonly enrolmentDirectory: string;
  readonly agentVersion: string;
  readonly log: Log;
}

/** The running daemon. */
export interface Agent {
  start(): Promise<void>;
  /** Safe to call twice, and always ends. */
  stop(): Promise<void>;
}

/** Enough for the sound thread's own three seconds and what comes behind it. */
const STOP_PER_PART_MS = 5_000;
/** What the decoder takes, as birth tells it. */
const CODECS = ["opus", "mp3", "pcm"];
const MEBIBYTE = 1_048_576;

/**
 * Builds every part of the agent. What is stored is opened and checked here, so that a start on a foreign database or a folder
 * that contradicts itself ends before anything runs.
 */
export async function composeAgent(options: AgentOptions): Promise<Agent> {
  const { config, profile, enrolment, log } = options;
  const timers = new SystemTimers(log);
  const chance = new SystemChance();
  const systemClock = new SystemClock(config.clock.source, timers, log);
  await systemClock.start();
  mkdirSync(config.dataDirectory, { recursive: true, mode: 0o750 });
  const claim = FolderClaim.take(config.dataDirectory);
  const host = new LinuxHost(config.dataDirectory);

  const opened = openStores(options, chance, systemClock.read().nowMs);
  const { orders, audio, epoch } = opened;
  const boot = host.bootId();
  const clock = new TrustedClock({
    source: systemClock,
    memory: orders.clock,
    machine: { boot, hasHardwareClock: host.hasHardwareClock() },
    settleMs: config.clock.source === "assumed" ? 0 : SETTLES_AFTER_MS,
    timers,
    log,
  });
  const trust = trustOf(options, orders, clock);
  clock.follow(() => trust.policy.clock);
  clock.issued(trust.root.root.issuedAt);
  const voice = new Voice(enrolment.gateway, loadSigner(enrolment.gatewayKeyPath), clock);

  const reports = new Reports(voice, orders.outbox, () => uplink.reportQueued());
  const recorder = new Recorder(orders, epoch, reports, {
    stamp: () => {
      const { state, nowMs } = clock.read();
      return { clock: state, nowMs, boot, monotonicMs: Math.round(clock.monotonicMs()) };
    },
    recorded: () => uplink.evidenceRecorded(),
  });
  const alarms = new AlarmBoard(orders, {
    recorder,
    reports,
    clock,
    log,
    changed: () => presence.stateMayHaveChanged(),
  });
  const items = new Items(orders, audio, reports, clock, log);
  const withdrawals = new Withdrawals({ orders, items, trust, recorder, reports, clock, log });
  const halts = new Halts(orders, trust, clock);
  const output = new SoundThread({
    sinks: zoneSinks(profile),
    ffmpegPath: config.tools.ffmpeg,
    aplayPath: config.tools.aplay,
    environment: toolEnvironment(),
  });
  const bounds = (): TimeBounds => ({
    signedFloor: clock.signedFloor,
    rule: trust.policy.clock,
    loss: opened.previousEpoch === undefined ? undefined : { firstTrusted: clock.firstTrusted },
    isTakenBack: (item) => withdrawals.takesBack(item),
  });
  const players = zoneSinks(profile).map(
    (sink) =>
      new ZonePlayer(sink, {
        output,
        audio,
        items,
        recorder,
        alarms,
        trust,
        clock,
        timers,
        log,
        storageFailed: (error) => housekeeping.storageFailed(error),
        audioLost: () => fetcher.look(),
        changed: () => conductor.look(),
      }),
  );
  const conductor = new Conductor({
    orders,
    items,
    withdrawals,
    halts,
    trust,
    recorder,
    output,
    players: new Map(players.map((player) => [player.zoneId, player])),
    clock,
    bounds,
    timers,
    wakeUp: new ScheduledWakeUp(clock, timers, log),
    log,
    storageFailed: (error) => housekeeping.storageFailed(error),
  });

  let inventory: Inventory = { os: "unknown", hardware: profile.hardware };
  const view = new StatusView({
    orders,
    audio,
    items,
    trust,
    halts,
    alarms,
    players,
    host,
    clock,
    bounds,
    facts: {
      agentVersion: options.agentVersion,
      nodeVersion: process.versions.node,
      boot,
      epoch,
      previousEpoch: opened.previousEpoch,
      profile: profile.name,
      clockSource: config.clock.source,
      codecs: CODECS,
      memoryBudgetMb: profile.budgets.memoryMb,
      startedAtMs: clock.monotonicMs(),
    },
    inventory: () => inventory,
  });

  const certificates = new CertificateWatch({ enrolled: certificateEnds(enrolment.tls), alarms, clock, timers });
  const { control: controlLink, media: mediaLink } = brokerLinks(
    {
      ...config.link,
      gateway: enrolment.gateway,
      urls: trust.placement.brokers,
      tls: {
        ...enrolment.tls,
        time: () => certificateTime(clock),
        showed: (untilMs) => certificates.brokerShowed(untilMs),
      },
    },
    { clock, timers, chance, log },
  );
  const uplink = new Uplink(
    controlLink,
    voice,
    orders,
    epoch,
    alarms,
    { clock, timers, chance, log, storageFailed: (error) => housekeeping.storageFailed(error) },
    {
      lingerMs: config.evidence.lingerMs,
      resendMs: config.evidence.resendSeconds * 1000,
    },
  );
  const timeAsker = new TimeAsker({ voice, link: controlLink, clock, timers, chance, log });
  const presence = new Presence(
    voice,
    controlLink,
    { clock, timers, chance, host, log },
    {
      heartbeat: () => view.heartbeat(),
      birth: () => view.birth(),
      state: () => (alarms.isCritical ? "alert" : "ready"),
      nextSession: () => orders.meta.nextSession(),
    },
    { intervalMs: config.heartbeat.intervalSeconds * 1000 },
  );
  const housekeeping = new Housekeeping({
    orders,
    audio,
    items,
    recorder,
    alarms,
    host,
    clock,
    timers,
    log,
    audioBudgetBytes: Math.min(config.audio.budgetMb, profile.budgets.audioMb) * MEBIBYTE,
    mended: () => {
      fetcher.resume();
      conductor.look();
      uplink.reportQueued();
    },
  });
  const fetcher = new Fetcher(
    {
      link: mediaLink,
      audio,
      items,
      recorder,
      timers,
      log,
      checked: (hash, isGood) => conductor.audioChecked(hash, isGood),
      storageFailed: (error) => housekeeping.storageFailed(error),
      linkChanged: (connected) => view.linkChanged("media", connected),
    },
    { windowChunks: config.fetch.windowChunks, stallMs: config.fetch.stallSeconds * 1000 },
  );
  const refusals = new RefusalCounter(timers, log, (code, count) => recorder.record({ kind: "counted", code, count }));
  const soundWith = (keys: readonly ItemKey[], work: () => void) => conductor.lookWith(keys, work);
  const recall = new Recall({ orders, items, recorder, reports, clock, log, soundWith });
  const trustChanges = new TrustChanges({
    orders,
    trust,
    recorder,
    recall,
    alarms,
    clock,
    timers,
    log,
    rooted: () => {
      clock.issued(trust.root.root.issuedAt);
      control.rooted();
    },
    ruled: () => {
      clock.issued(trust.signedPolicy?.issuedAt ?? 0);
      presence.announceBirth();
      conductor.look();
    },
    revoked: () => {
      halts.load();
      conductor.look();
    },
  });
  const watch = new Watch({
    orders,
    items,
    trust,
    clock,
    alarms,
    timers,
    log,
    ask: (topics) => control.ask(topics),
    changed: () => conductor.look(),
  });
  const intake = new Intake({
    watch,
    orders,
    audio,
    items,
    withdrawals,
    halts,
    trust,
    trustChanges,
    recorder,
    reports,
    refusals,
    alarms,
    clock,
    log,
    soundWith,
    accepted: () => {
      conductor.look();
      fetcher.look();
      housekeeping.makeRoom();
    },
    placed: (before) => {
      control.placed(before);
      conductor.look();
    },
    evidenceAcknowledged: (ack) => uplink.acknowledged(ack),
    timeAnswered: (answer) => timeAsker.answered(answer),
  });
  const control = new Control({
    link: controlLink,
    intake,
    presence,
    uplink,
    timeAsker,
    trust,
    alarms,
    clock,
    timers,
    log,
    storageFailed: (error) => housekeeping.storageFailed(error),
    linkChanged: (connected) => {
      view.linkChanged("control", connected);
      if (connected && inventory.os === "unknown") void describeMachine();
    },
  });
  /** It starts processes and takes half a second, so it waits until the first connect is done; the next birth tells it. */
  const describeMachine = async (): Promise<void> => {
    const { os } = await readInventory(log);
    inventory = { os, hardware: profile.hardware };
  };
  const answers = { status: () => view.status(), queue: () => view.queue(), why: (about: string) => view.story(about) };
  const statusSocket = new StatusSocket(config.socketPath, answers, log);

  const stores: Part = {
    name: "stores",
    start: () => {
      alarms.restore();
      recorder.record({ kind: "boot" });
      const crashed = recorder.closeCrashedPlays((zone) => players.find(({ zoneId }) => zoneId === zone)?.sink.rateHz);
      if (crashed > 0) log.write("warn", "play.failed", { crashed }, "plays were cut off when the agent last ended");
      let { state } = clock.read();
      clock.onChange(() => {
        const { state: now } = clock.read();
        if (now !== state) recorder.record({ kind: "clock", outcome: now });
        state = now;
        tellOfClock(clock, alarms);
      });
      clock.start();
      tellOfClock(clock, alarms);
      if (opened.broken !== undefined) alarms.raise("storage", opened.broken);
      else alarms.clear("storage");
      items.load();
      halts.load();
      warnOfMissingTools(config, alarms);
    },
    stop: () => {
      recorder.checkpoint();
      clock.stop();
      audio.close();
      orders.close();
      claim.release();
      systemClock.stop();
    },
  };
  // The socket first: where another agent has it, this one ends before it has told anybody of itself.
  const parts = [
    statusSocket,
    stores,
    trustChanges,
    conductor,
    housekeeping,
    refusals,
    fetcher,
    certificates,
    control,
    uplink,
    timeAsker,
    watch,
    presence,
  ];
  const lifecycle = new Lifecycle(parts, timers, log);
  return {
    start: async () => {
      await lifecycle.start();
      notifySystemd("READY=1", log);
    },
    stop: async () => {
      notifySystemd("STOPPING=1", log);
      await lifecycle.stop(STOP_PER_PART_MS);
    },
  };
}

function openStores(
  { config, enrolment, enrolmentDirectory, log }: AgentOptions,
  chance: SystemChance,
  nowMs: number,
): OpenedOrders & { readonly audio: AudioStore; readonly broken: string | undefined } {
  const paths = databasePaths(config);
  const opened = openOrders({
    path: paths.orders,
    epochPath: join(enrolmentDirectory, "epoch"),
    gateway: enrolment.gateway,
    chain: evidenceChain,
    newEpoch: () => chance.ulid(nowMs),
    nowMs,
  });
  const { audio, setAside } = openAudio({ path: paths.audio, nowMs });
  const broken = [opened.setAside, setAside].filter((aside) => aside !== undefined);
  for (const { path, reason } of broken) {
    log.write("error", "store.broken", { path, reason }, "a database was damaged; it was put aside and made anew");
  }
  const told = broken.map(({ path, reason }) => `${path}: ${reason}`).join("; ");
  return { ...opened, audio, broken: told === "" ? undefined : told };
}

function trustOf(
  { enrolment, enrolmentDirectory }: AgentOptions,
  orders: OrdersStore,
  clock: TrustedClock,
): TrustState {
  const loaded = loadTrust(orders, enrolment, clock.read());
  if (loaded.kind === "loaded") return loaded.trust;
  const { code, detail } = loaded.objection;
  const reason = `${code}: ${detail}`;
  throw new AgentFailure(
    "enrolment-invalid",
    say("failure.enrolment.untrusted", { directory: enrolmentDirectory, reason }),
    { hint: say("failure.enrolment.hint") },
  );
}

/** Decoder and sink see nothing of the agent's environment but what they need to find themselves and the sound card. */
function toolEnvironment(): Readonly<Record<string, string>> {
  const names = ["PATH", "LANG", "ALSA_CONFIG_PATH", "XDG_RUNTIME_DIR"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

function certificateEnds({ caPem, certPem, keyPem }: Enrolment["tls"]): readonly CertificateEnd[] {
  const own = readCertificate(certPem, keyPem);
  const authority: CertificateEnd = { whose: "authority", untilMs: authorityEnd(caPem) };
  return own.kind === "read" ? [{ whose: "gateway", untilMs: own.notAfterMs }, authority] : [authority];
}

/** The saved clock is no floor here: one that was wrong once would keep the box from who could tell it the time. */
function certificateTime(clock: TrustedClock): CertificateTime {
  const { state, nowMs } = clock.read();
  if (state === "sync") return { kind: "clock" };
  return { kind: "floor", floorMs: state === "hold" ? nowMs : clock.signedFloor * 1000 };
}

function tellOfClock(clock: TrustedClock, alarms: AlarmBoard): void {
  const { trouble } = clock;
  if (trouble === undefined) alarms.clear("clock");
  else alarms.raise("clock", say(`failure.clock.${trouble}`));
}

/** A box without its tools starts all the same: it can still receive, store and say what is wrong with it. */
function warnOfMissingTools({ tools }: Config, alarms: AlarmBoard): void {
  const missing = [tools.ffmpeg, tools.aplay].filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0)
    alarms.raise("play-failed", say("failure.toolMissing.summary", { tools: missing.join(", ") }));
}
