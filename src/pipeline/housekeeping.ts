import { type AudioUse, evictions } from "../core/retention.ts";
import { isAgentFailure } from "../domain/failure.ts";
import type { Cancellable, Clock, HostReadings, Log, Part, Timers } from "../domain/ports.ts";
import type { AlarmCode, ItemState } from "../domain/report.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type { AudioStore } from "../store/audio.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { Items } from "./items.ts";
import type { Recorder } from "./recorder.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly audio: AudioStore;
  readonly items: Items;
  readonly recorder: Recorder;
  readonly alarms: AlarmBoard;
  readonly host: HostReadings;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** By config and profile; the partition limits it further. */
  readonly audioBudgetBytes: number;
  /** There is room on the disk again. */
  readonly mended: () => void;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Alarms of something that happened, not of something that lasts: they are over after a day without another one. */
const PASSING: readonly AlarmCode[] = ["replay"];
/** While the disk is full it is looked at this often. */
const DISK_CHECK_MS = 5_000;
/** Room after which a full disk counts as mended. */
const ROOM_MB = 4;
const SHARE_OF_PARTITION = 0.4;
/** What an item's end means for its file. */
const ENDED: Readonly<Partial<Record<ItemState, AudioUse["state"]>>> = {
  done: "done",
  cancelled: "done",
  withdrawn: "expired",
  expired: "expired",
  failed: "expired",
};
const MEBIBYTE = 1_048_576;

/** Keeps the disk from filling, and says so when it did. */
export class Housekeeping implements Part {
  readonly name = "housekeeping";
  readonly #parts: Parts;
  #hourly: Cancellable | undefined;
  #diskCheck: Cancellable | undefined;
  #removing = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#hourly = this.#parts.timers.every(HOUR_MS, () => this.#everyHour());
    this.makeRoom();
  }

  stop(): void {
    this.#hourly?.cancel();
    this.#diskCheck?.cancel();
  }

  /** Removes audio that nobody needs any more, as far as the budget asks for it. */
  makeRoom(): void {
    const { audio, host, audioBudgetBytes } = this.#parts;
    const budgetBytes = Math.min(audioBudgetBytes, host.partitionMb() * MEBIBYTE * SHARE_OF_PARTITION);
    if (audio.usage().usedBytes > budgetBytes) this.#evict(budgetBytes);
  }

  /** A commit failed. A full disk is an alarm until there is room again; anything else is one of the storage itself. */
  storageFailed(error: unknown): void {
    const { alarms, log } = this.#parts;
    const isFull = isAgentFailure(error) && error.code === "disk-full";
    log.write("error", "store.failed", { error }, isFull ? "the disk is full" : "the database can't be written");
    alarms.raise(isFull ? "disk" : "storage", error instanceof Error ? error.message : String(error));
    if (!isFull) return;
    this.#evict(0);
    this.#watchDisk();
  }

  #everyHour(): void {
    const { orders, recorder, alarms, clock } = this.#parts;
    const { nowMs, unsettled } = clock.read();
    recorder.checkpoint();
    for (const { code, atMs } of alarms.raised()) {
      if (PASSING.includes(code) && nowMs - atMs >= DAY_MS) alarms.clear(code);
    }
    if (unsettled !== true) orders.prune(toUnixSeconds(nowMs));
    this.makeRoom();
  }

  #watchDisk(): void {
    const { timers, host, alarms, mended } = this.#parts;
    this.#diskCheck ??= timers.after(DISK_CHECK_MS, () => {
      this.#diskCheck = undefined;
      if (host.disk().freeMb < ROOM_MB) {
        this.#watchDisk();
        return;
      }
      alarms.clear("disk");
      mended();
    });
  }

  #evict(budgetBytes: number): void {
    const { audio, items, log } = this.#parts;
    const uses = this.#audioUses();
    const files = audio.list().map(({ hash, sizeBytes }) => ({
      hash,
      sizeBytes,
      uses: uses.get(hash) ?? [],
    }));
    const { evict } = evictions(files, budgetBytes);
    if (evict.length === 0 || this.#removing) return;
    log.write("info", "audio.evicted", { files: evict.length }, "stored audio makes room");
    for (const hash of evict) items.audioLost(hash);
    this.#removing = true;
    this.#remove([...evict]);
  }

  /** Of what waits or sounds, and of what ended and may be asked for again. */
  #audioUses(): ReadonlyMap<string, readonly AudioUse[]> {
    const uses = new Map<string, readonly AudioUse[]>(this.#parts.items.audioUses());
    for (const { audioHash, class: itemClass, state, expiresAt } of this.#parts.orders.broadcasts.audioUses()) {
      const ended = ENDED[state];
      if (ended === undefined) continue;
      const use: AudioUse = { class: itemClass, state: ended, due: expiresAt };
      uses.set(audioHash, [...(uses.get(audioHash) ?? []), use]);
    }
    return uses;
  }

  /** A slice a turn: a large file takes its time. */
  #remove(hashes: string[]): void {
    const hash = hashes[0];
    if (hash === undefined) {
      this.#removing = false;
      return;
    }
    try {
      if (this.#parts.audio.remove(hash) === "removed") hashes.shift();
    } catch (error) {
      this.#removing = false;
      this.#parts.log.write("error", "store.failed", { error }, "stored audio can't be removed");
      return;
    }
    this.#parts.timers.after(0, () => this.#remove(hashes));
  }
}
