import type { TimeBounds } from "../core/untimed.ts";
import type { Clock, HostReadings } from "../domain/ports.ts";
import type { BirthReport, HeartbeatReport, ZoneReport } from "../domain/report.ts";
import type { LinkStatus, StatusReport, ZoneStatus } from "../domain/status.ts";
import type { QueueOutlook, Story } from "../domain/story.ts";
import { type MonotonicMs, toUnixSeconds, type UnixMs } from "../domain/time.ts";
import type { AudioStore } from "../store/audio.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { Halts } from "./halts.ts";
import type { Items } from "./items.ts";
import { queueOutlook } from "./queue-view.ts";
import type { Recorder } from "./recorder.ts";
import { storedStatus } from "./stored-status.ts";
import { storyAbout } from "./stories.ts";
import type { TrustState } from "./trust-state.ts";
import type { ZonePlayer } from "./zone-player.ts";

/** What never changes while the process lives. */
export interface AgentFacts {
  readonly agentVersion: string;
  readonly nodeVersion: string;
  readonly boot: string;
  readonly epoch: string;
  readonly previousEpoch: string | undefined;
  readonly profile: string;
  readonly clockSource: string;
  readonly codecs: readonly string[];
  readonly memoryBudgetMb: number;
  readonly startedAtMs: MonotonicMs;
}

interface Parts {
  readonly orders: OrdersStore;
  readonly audio: AudioStore;
  readonly items: Items;
  readonly trust: TrustState;
  readonly halts: Halts;
  readonly alarms: AlarmBoard;
  readonly recorder: Recorder;
  readonly players: readonly ZonePlayer[];
  readonly host: HostReadings;
  readonly clock: Clock;
  readonly bounds: () => TimeBounds;
  readonly facts: AgentFacts;
  /** Of the machine, once somebody has found out. */
  readonly inventory: () => { readonly os: string; readonly hardware: string };
}

type LinkName = "control" | "media";

/** One view of the agent for all who ask: heartbeat, birth, `loa status`. Reads, never acts. */
export class StatusView {
  readonly #parts: Parts;
  readonly #links: Record<LinkName, LinkStatus> = { control: { connected: false }, media: { connected: false } };

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  linkChanged(name: LinkName, connected: boolean): void {
    this.#links[name] = { connected, sinceMs: this.#parts.clock.read().nowMs };
  }

  birth(): Omit<BirthReport, "version" | "type" | "gateway" | "issuedAt" | "session" | "disk"> {
    const { facts, trust, orders, inventory } = this.#parts;
    const { first, last, acknowledged } = orders.evidence.position();
    return {
      boot: facts.boot,
      epoch: facts.epoch,
      previousEpoch: facts.previousEpoch,
      agent: facts.agentVersion,
      node: facts.nodeVersion,
      ...inventory(),
      profile: facts.profile,
      clockSource: facts.clockSource,
      zones: trust.placement.zones.map(({ id, tags }) => ({ id, tags })),
      codecs: facts.codecs,
      sensors: [],
      rootVersion: trust.root.root.rootVersion,
      policySequence: trust.signedPolicy?.sequence ?? 0,
      placementSequence: trust.placement.sequence,
      configVersion: 0,
      refusedSettings: [],
      evidence: { first, last, acknowledged },
    };
  }

  heartbeat(): Pick<HeartbeatReport, "zones" | "queue" | "evidence" | "alarms" | "localStop"> {
    const { orders, alarms, players, halts, recorder } = this.#parts;
    const { last, acknowledged } = orders.evidence.position();
    const general = halts.inForce().filter(({ control }) => control.item === undefined);
    const halted = new Set(general.flatMap(({ zones }) => [...zones]));
    return {
      zones: players.map((player) =>
        zoneReport(player, recorder.lastProvenAtMs(player.zoneId), halted.has(player.zoneId)),
      ),
      queue: orders.broadcasts.queue(),
      evidence: { last, acknowledged },
      alarms: alarms.raised().map(({ code }) => code),
      localStop: false,
    };
  }

  status(): StatusReport {
    const { orders, audio, host, clock, facts, players, alarms, halts } = this.#parts;
    const { state, nowMs } = clock.read();
    return {
      ...storedStatus(orders, (hash) => audio.missing(hash)?.length),
      agentVersion: facts.agentVersion,
      atMs: nowMs,
      uptimeSeconds: Math.round((clock.monotonicMs() - facts.startedAtMs) / 1000),
      links: this.#links,
      clock: { state, source: facts.clockSource },
      zones: players.map(zoneStatus),
      halts: halts.status(),
      alarms: alarms.raised().map(({ code, severity, atMs, detail }) => ({ code, severity, sinceMs: atMs, detail })),
      disk: host.disk(),
      memory: { residentMb: host.memoryMb(), budgetMb: facts.memoryBudgetMb },
    };
  }

  queue(): QueueOutlook {
    const { items, trust, halts, clock, players, bounds } = this.#parts;
    const zones = {
      zoneIds: players.map(({ zoneId }) => zoneId),
      onAir: new Map(players.flatMap(({ zoneId, claim }) => (claim === undefined ? [] : [[zoneId, claim] as const]))),
      out: new Set(players.filter(({ isOut }) => isOut).map(({ zoneId }) => zoneId)),
    };
    return queueOutlook(items.active(), trust.ground, clock.read(), zones, halts.controls, bounds());
  }

  story(about: string): Story {
    return storyAbout(this.#parts.orders, about);
  }
}

function zoneReport({ zoneId, view }: ZonePlayer, lastProvenAtMs: UnixMs | undefined, isHalted: boolean): ZoneReport {
  const { zone, sounding, levelCentiDb, underruns } = view;
  return {
    id: zoneId,
    state: zone.state.name,
    item: sounding && { issuer: sounding.order.issuer, id: sounding.order.id },
    levelCentiDb,
    underruns,
    lastProvenAt: lastProvenAtMs === undefined ? undefined : toUnixSeconds(lastProvenAtMs),
    halted: isHalted || undefined,
  };
}

function zoneStatus({ zoneId, sink, view }: ZonePlayer): ZoneStatus {
  const { zone, sounding, levelCentiDb, underruns, lastPlay } = view;
  return {
    id: zoneId,
    device: sink.device,
    activity: zone.state.name,
    item: sounding && {
      issuer: sounding.order.issuer,
      id: sounding.order.id,
      title: sounding.order.title,
      status: sounding.order.status,
      playedMs: sounding.playedMs,
    },
    levelCentiDb,
    underruns,
    lastPlay: lastPlay && {
      issuer: lastPlay.order.issuer,
      id: lastPlay.order.id,
      title: lastPlay.order.title,
      status: lastPlay.order.status,
      endedAtMs: lastPlay.endedAtMs,
      outcome: lastPlay.outcome,
    },
  };
}
