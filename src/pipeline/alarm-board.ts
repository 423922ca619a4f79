import type { ZoneId } from "../domain/broadcast.ts";
import type { Clock, Log } from "../domain/ports.ts";
import type { AlarmCode, AlarmReport } from "../domain/report.ts";
import type { Milliseconds, UnixMs } from "../domain/time.ts";
import type { Alarm } from "../store/alarms.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { Recorder } from "./recorder.ts";
import type { Reports } from "./reports.ts";

/** How much is out of service; what is not named here is `minor`. `critical` turns the gateway's state to `alert`. */
const SEVERITIES: Readonly<Partial<Record<AlarmCode, AlarmReport["severity"]>>> = {
  "output-missing": "critical",
  "output-stalled": "critical",
  storage: "critical",
  disk: "major",
  clock: "major",
  "chain-fork": "major",
  "evidence-full": "major",
  "evidence-gap": "major",
  "duplicate-id": "major",
  "play-failed": "major",
  auth: "major",
  replay: "major",
};

interface AlarmBoardParts {
  readonly epoch: string;
  readonly recorder: Recorder;
  readonly reports: Reports;
  readonly clock: Clock;
  readonly log: Log;
  /** Something was raised or cleared. */
  readonly changed: () => void;
}

/** What is wrong with this gateway now: on disk, in the evidence, upstream, in the log; each told once. */
export class AlarmBoard {
  readonly #orders: OrdersStore;
  readonly #parts: AlarmBoardParts;
  /** The same detail again is no news. */
  readonly #raised = new Map<AlarmCode, Alarm>();
  /** When each was raised last, also where that was no news. */
  readonly #lastMs = new Map<AlarmCode, UnixMs>();
  /** Of alarms that several zones may have: which of them do, and what each last said. */
  readonly #zones = new Map<AlarmCode, Map<ZoneId, string>>();

  constructor(orders: OrdersStore, parts: AlarmBoardParts) {
    this.#orders = orders;
    this.#parts = parts;
  }

  /** Alarms that stood when the last process ended still stand until their cause is seen to be gone: with a zone, it is. */
  restore(zoneIds: readonly ZoneId[]): void {
    for (const alarm of this.#orders.alarms.raised()) {
      this.#raised.set(alarm.code, alarm);
      this.#lastMs.set(alarm.code, alarm.atMs);
    }
    for (const [code, zones] of zonesFrom(this.#orders.meta.text("alarmZones"))) {
      this.#zones.set(code, zones);
      for (const zone of zones.keys()) if (!zoneIds.includes(zone)) this.clear(code, zone);
    }
  }

  raise(code: AlarmCode, detail: string, zone?: ZoneId): void {
    const known = this.#raised.get(code)?.detail;
    const zones = this.#zones.get(code) ?? new Map<ZoneId, string>();
    const isRepeat = known !== undefined && zone !== undefined && zones.get(zone) === detail;
    const atMs = this.#parts.clock.read().nowMs;
    this.#lastMs.set(code, atMs);
    if (zone !== undefined) this.#zones.set(code, zones.set(zone, detail));
    if (isRepeat || known === detail) return;
    const severity = SEVERITIES[code] ?? "minor";
    // Before it is on disk: what is wrong may be the disk, and then heartbeat and status still show it.
    this.#raised.set(code, { code, state: "raised", severity, atMs, count: 1, detail });
    const level = severity === "critical" ? "error" : "warn";
    this.#parts.log.write(level, "alarm.raised", { code, severity, detail }, `alarm: ${detail}`);
    this.#store(() => this.#orders.alarms.raise(code, severity, atMs, detail));
    this.#parts.changed();
  }

  /** For one zone: the alarm is over when no other zone has it. */
  clear(code: AlarmCode, zone?: ZoneId): void {
    const alarm = this.#raised.get(code);
    const zones = this.#zones.get(code);
    if (zone === undefined) zones?.clear();
    else zones?.delete(zone);
    if (alarm === undefined) return;
    if (zones !== undefined && zones.size > 0) {
      this.#store(() => undefined);
      return;
    }
    this.#raised.delete(code);
    this.#parts.log.write("info", "alarm.cleared", { code }, "the alarm's cause is gone");
    this.#store(() => {
      const atMs = this.#parts.clock.read().nowMs;
      const { alarms } = this.#orders;
      const cleared = alarms.clear(code, atMs);
      if (cleared !== undefined) return cleared;
      // It could not be stored when it was raised: it is told now, as over.
      alarms.raise(code, alarm.severity, alarm.atMs, alarm.detail);
      return alarms.clear(code, atMs);
    });
    this.#parts.changed();
  }

  raised(): readonly Alarm[] {
    return [...this.#raised.values()];
  }

  isRaised(code: AlarmCode): boolean {
    return this.#raised.has(code);
  }

  /** How long nothing has raised it again. Undefined while it does not stand. */
  quietForMs(code: AlarmCode): Milliseconds | undefined {
    const lastMs = this.#raised.has(code) ? this.#lastMs.get(code) : undefined;
    return lastMs === undefined ? undefined : this.#parts.clock.read().nowMs - lastMs;
  }

  get isCritical(): boolean {
    return this.raised().some((alarm) => alarm.severity === "critical");
  }

  /** An alarm must never be the reason why something else fails. */
  #store(change: () => Alarm | undefined): void {
    try {
      this.#orders.transaction(() => {
        const alarm = change();
        this.#keepZones();
        if (alarm !== undefined) this.#tell(alarm);
      });
    } catch (error) {
      this.#parts.log.write(
        "error",
        "store.failed",
        { error },
        "an alarm could not be stored; it is shown all the same",
      );
    }
  }

  #keepZones(): void {
    const { meta } = this.#orders;
    const zones = [...this.#zones].filter(([, ofCode]) => ofCode.size > 0);
    const text = JSON.stringify(zones.map(([code, ofCode]) => [code, [...ofCode]]));
    if (text !== (meta.text("alarmZones") ?? "[]")) meta.setText("alarmZones", text);
  }

  #tell({ code, state, severity, atMs, count, detail }: Alarm): void {
    const place = { epoch: this.#parts.epoch, n: this.#orders.meta.nextAlarm() };
    this.#parts.reports.alarm({ ...place, code, state, severity, atMs, count, detail });
    this.#parts.recorder.record({ kind: "alarm", code, outcome: state, count });
  }
}

function zonesFrom(text: string | undefined): readonly (readonly [AlarmCode, Map<ZoneId, string>])[] {
  const kept: readonly [AlarmCode, readonly [ZoneId, string][]][] = text === undefined ? [] : JSON.parse(text);
  return kept.map(([code, zones]) => [code, new Map(zones)]);
}
