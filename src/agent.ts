import { mkdirSync } from "node:fs";
import path from "node:path";
import { brokerLinks } from "./adapters/broker-links.ts";
import { SystemChance } from "./adapters/chance.ts";
import { LinuxHost } from "./adapters/host.ts";
import { type Inventory, readInventory } from "./adapters/inventory.ts";
import { ScheduledWakeUp } from "./adapters/scheduled-wake-up.ts";
import { loadSigner } from "./adapters/signer.ts";
import { StatusSocket } from "./adapters/status-socket.ts";
import { SystemClock } from "./adapters/system-clock.ts";
import { notifySystemd, systemdWatchdogMs } from "./adapters/systemd.ts";
import { SystemTimers } from "./adapters/timers.ts";
import { Watchdog } from "./adapters/watchdog.ts";
import {
  type AgentOptions,
  certificateEnds,
  certificateTime,
  openStores,
  toolEnvironment,
  trustOf,
  warnOfMissingTools,
} from "./agent-ground.ts";
import { zoneSinks } from "./config/profile.ts";
import { SETTLES_AFTER_MS } from "./core/clock-machine.ts";
import type { TimeBounds } from "./core/untimed.ts";
import type { ItemKey } from "./domain/broadcast.ts";
import type { Part } from "./domain/ports.ts";
import { Acceptance } from "./pipeline/acceptance.ts";
import { AlarmBoard } from "./pipeline/alarm-board.ts";
import { CertificateWatch } from "./pipeline/certificate-watch.ts";
import { Conductor } from "./pipeline/conductor.ts";
import { Control } from "./pipeline/control.ts";
import { Cosignatures } from "./pipeline/cosignatures.ts";
import { Fetcher } from "./pipeline/fetch.ts";
import { FloodGuard } from "./pipeline/flood-guard.ts";
import { FloodedFilters } from "./pipeline/flooded-filters.ts";
import { Halts } from "./pipeline/halts.ts";
import { Housekeeping } from "./pipeline/housekeeping.ts";
import { Intake } from "./pipeline/intake.ts";
import { Items } from "./pipeline/items.ts";
import { Lifecycle } from "./pipeline/lifecycle.ts";
import { PendingMessages } from "./pipeline/pending.ts";
import { Presence } from "./pipeline/presence.ts";
import { Recall } from "./pipeline/recall.ts";
import { Recorder } from "./pipeline/recorder.ts";
import { RefusalCounter } from "./pipeline/refusal-counter.ts";
import { Refusals } from "./pipeline/refusals.ts";
import { Reports } from "./pipeline/reports.ts";
import { StatusView } from "./pipeline/status-view.ts";
import { TimeAsker } from "./pipeline/time-asker.ts";
import { TrustChanges } from "./pipeline/trust-changes.ts";
import { TrustedClock } from "./pipeline/trusted-clock.ts";
import { Uplink } from "./pipeline/uplink.ts";
import { Voice } from "./pipeline/voice.ts";
import { Watch } from "./pipeline/watch.ts";
import { Withdrawals } from "./pipeline/withdrawals.ts";
import { ZonePlayer } from "./pipeline/zone-player.ts";
import { SoundThread } from "./sound/zone-output.ts";
import { FolderClaim } from "./store/folder-claim.ts";
import { DiskReserve } from "./store/reserve.ts";
import { say } from "./texts/say.ts";

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
  const reserve = new DiskReserve(config.dataDirectory);
  // Opening the databases takes room already.
  if (reserve.giveUpPart()) log.write("warn", "store.reserve-used", {}, "room kept for a full disk was given up");

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
    epoch,
    recorder,
    reports,
    clock,
    log,
    changed: () => presence.stateMayHaveChanged(),
  });
  const refusals = new Refusals({ orders, recorder, reports, clock, log });
  const items = new Items(orders, audio, reports, clock, log);
  const storageFailed = (error: unknown) => housekeeping.storageFailed(error);
  const common = { orders, items, trust, recorder, reports, refusals, alarms, clock, timers, log, storageFailed };
  const withdrawals = new Withdrawals(common);
  const halts = new Halts(orders, trust, clock);
  const output = new SoundThread({
    sinks: zoneSinks(profile),
    ffmpegPath: config.tools.ffmpeg,
    aplayPath: config.tools.aplay,
    environment: toolEnvironment(),
    runDirectory: path.dirname(config.socketPath),
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
        ...common,
        output,
        audio,
        audioLost: () => fetcher.look(),
        changed: () => conductor.look(),
      }),
  );
  const conductor = new Conductor({
    ...common,
    withdrawals,
    halts,
    output,
    players: new Map(players.map((player) => [player.zoneId, player])),
    bounds,
    wakeUp: new ScheduledWakeUp(clock, timers, log),
  });

  let inventory: Inventory = { os: "unknown", hardware: profile.hardware };
  const view = new StatusView({
    ...common,
    audio,
    halts,
    players,
    host,
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
    { clock, timers, chance, log, storageFailed },
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
      nextSession: () => orders.meta.nextSession(clock.read().nowMs),
    },
    { intervalMs: config.heartbeat.intervalSeconds * 1000 },
  );
  const housekeeping = new Housekeeping({
    ...common,
    audio,
    reserve,
    host,
    broken: opened.broken,
    audioBudgetBytes: Math.min(config.audio.budgetMb, profile.budgets.audioMb) * MEBIBYTE,
    mended: () => {
      fetcher.resume();
      conductor.look();
      uplink.reportQueued();
    },
  });
  const fetcher = new Fetcher(
    {
      ...common,
      link: mediaLink,
      audio,
      audioRefused: (error) => housekeeping.audioRefused(error),
      isShortOfRoom: () => housekeeping.isShortOfRoom,
      checked: (hash, isGood) => conductor.audioChecked(hash, isGood),
      linkChanged: (connected) => view.linkChanged("media", connected),
    },
    { windowChunks: config.fetch.windowChunks, stallMs: config.fetch.stallSeconds * 1000 },
  );
  const refusalCounter = new RefusalCounter(timers, log, (code, count) =>
    recorder.record({ kind: "counted", code, count }),
  );
  const soundWith = (keys: readonly ItemKey[], work: () => void) => conductor.lookWith(keys, work);
  const recall = new Recall({ ...common, soundWith });
  const trustChanges = new TrustChanges({
    ...common,
    recall,
    rooted: () => {
      clock.issued(trust.root.root.issuedAt);
      control.rooted();
      pending.judgeAgain();
    },
    ruled: () => {
      clock.issued(trust.signedPolicy?.issuedAt ?? 0);
      presence.announceBirth();
      conductor.look();
      pending.judgeAgain();
    },
    revoked: () => {
      halts.load();
      conductor.look();
      pending.judgeAgain();
    },
  });
  const watch = new Watch({
    ...common,
    ask: (topics) => control.ask(topics),
    changed: () => conductor.look(),
  });
  const pending = new PendingMessages({
    ...common,
    judge: (message) => intake.judge(message),
  });
  const cosignatures = new Cosignatures({
    ...common,
    withdrawals,
    judgeAfresh: (message, key) => intake.judgeAfresh(message, key),
    soundWith,
  });
  const floodBegan = () =>
    alarms.raise("signature-flood", "messages without effect come faster than good ones ever do");
  const floodOver = () => {
    if (!flood.isAny && !floodedFilters.areAny) alarms.clear("signature-flood");
  };
  const flood: FloodGuard = new FloodGuard({
    ...common,
    check: (message) => intake.judge(message),
    began: floodBegan,
    over: (hasForgotten) => {
      floodOver();
      if (hasForgotten) control.askAgain();
    },
  });
  const floodedFilters = new FloodedFilters({
    ...common,
    leave: (filter) => control.leave(filter),
    poll: (filter) => control.poll(filter),
    listen: (filter) => control.listen(filter),
    began: floodBegan,
    over: floodOver,
  });
  const acceptance = new Acceptance({
    ...common,
    withdrawals,
    halts,
    trustChanges,
    watch,
    floodedFilters,
    soundWith,
    ordersChanged: () => {
      fetcher.look();
      housekeeping.makeRoom();
    },
    placed: (before) => {
      control.placed(before);
      conductor.placed();
      pending.judgeAgain();
    },
    evidenceAcknowledged: (ack) => uplink.acknowledged(ack),
    timeAnswered: (answer) => timeAsker.answered(answer),
  });
  const intake: Intake = new Intake({
    ...common,
    audio,
    acceptance,
    pending,
    cosignatures,
    refusalCounter,
    watch,
    flood,
    floodedFilters,
  });
  const control = new Control({
    ...common,
    link: controlLink,
    intake,
    presence,
    uplink,
    timeAsker,
    linkChanged: (connected) => {
      view.linkChanged("control", connected);
      if (connected) watch.connected();
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
      recorder.record({ kind: "boot" });
      alarms.restore(players.map(({ zoneId }) => zoneId));
      alarms.clear("signature-flood"); // Of floods nothing outlives the process.
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
      try {
        recorder.checkpoint();
      } finally {
        clock.stop();
        audio.close();
        orders.close();
        claim.release();
        systemClock.stop();
      }
    },
  };
  // The socket first: where another agent has it, this one ends before it has told anybody of itself.
  const parts = [
    statusSocket,
    stores,
    trustChanges,
    conductor,
    pending,
    housekeeping,
    refusalCounter,
    flood,
    floodedFilters,
    fetcher,
    certificates,
    control,
    uplink,
    timeAsker,
    watch,
    presence,
    new Watchdog({ intervalMs: systemdWatchdogMs(), ask: (answered) => output.ask(answered), timers, log }),
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

function tellOfClock(clock: TrustedClock, alarms: AlarmBoard): void {
  const { trouble } = clock;
  if (trouble === undefined) alarms.clear("clock");
  else alarms.raise("clock", say(`failure.clock.${trouble}`));
}
