import { type AudioUse, evictions, type StoredAudio } from "../core/retention.ts";
import { isDiskFull } from "../domain/failure.ts";
import type { Cancellable, Clock, HostReadings, Log, Part, Timers } from "../domain/ports.ts";
import type { AlarmCode, ItemState } from "../domain/report.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type { AudioStore } from "../store/audio.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { DiskReserve } from "../store/reserve.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { Items } from "./items.ts";
import type { Recorder } from "./recorder.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly audio: AudioStore;
  readonly reserve: DiskReserve;
  readonly items: Items;
  readonly recorder: Recorder;
  readonly alarms: AlarmBoard;
  readonly host: HostReadings;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** By config and profile; the partition limits it further. */
  readonly audioBudgetBytes: number;
  /** What was damaged at the start and made anew: told until the next one. */
  readonly broken: string | undefined;
  /** There is room again, on the disk or within the audio database. */
  readonly mended: () => void;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Alarms of something that happened, not of something that lasts: they are over after a day without another one. */
const PASSING: readonly AlarmCode[] = ["replay", "duplicate-id"];
/** While the disk is full it is looked at this often. */
const DISK_CHECK_MS = 5_000;
/** A database that could not be written for another reason is tried this often. */
const STORAGE_CHECK_MS = 60_000;
/** What must be free beside the whole reserve, or the disk is full. */
const ROOM_MB = 4;
/** Of the reserve, for the audio of emergencies: the rest is for orders and records. */
const EMERGENCY_AUDIO_BYTES = 1_048_576;
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

/** Keeps the disk from filling, says so when it did, and has what matters written all the same. */
export class Housekeeping implements Part {
  readonly name = "housekeeping";
  readonly #parts: Parts;
  #hourly: Cancellable | undefined;
  #diskCheck: Cancellable | undefined;
  #storageCheck: Cancellable | undefined;
  #removing = false;
  #isShortOfRoom = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#hourly = this.#parts.timers.every(HOUR_MS, () => this.#everyHour());
    this.makeRoom();
    this.#lookAtDisk();
  }

  stop(): void {
    this.#hourly?.cancel();
    this.#diskCheck?.cancel();
    this.#storageCheck?.cancel();
  }

  /** The disk is full, and what is written there now is written into the reserve. */
  get isShortOfRoom(): boolean {
    return this.#isShortOfRoom;
  }

  /** Removes audio that nobody needs any more, as far as the budget asks for it. */
  makeRoom(): void {
    const { audio, host, audioBudgetBytes } = this.#parts;
    this.#attempt(() => {
      const budgetBytes = Math.min(audioBudgetBytes, host.partitionMb() * MEBIBYTE * SHARE_OF_PARTITION);
      if (audio.usage().usedBytes > budgetBytes) this.#evict(() => budgetBytes);
    });
  }

  /**
   * A commit failed. A full disk is an alarm until there is room again; anything else is one of the storage itself. Never throws: it
   * is called where something else has just failed. Returns whether there is room now, so that trying again may help.
   */
  storageFailed(error: unknown): boolean {
    const { reserve, alarms, log } = this.#parts;
    const isFull = isDiskFull(error);
    log.write("error", "store.failed", { error }, isFull ? "the disk is full" : "the database can't be written");
    const hasGivenUp = isFull && reserve.giveUpPart();
    if (hasGivenUp) log.write("warn", "store.reserve-used", {}, "room kept for a full disk was given up");
    if (isFull) this.#holdBack();
    else this.#storageCheck ??= this.#parts.timers.after(STORAGE_CHECK_MS, () => this.#lookAtStorage());
    // Behind it: what tells of the alarm needs room too.
    alarms.raise(isFull ? "disk" : "storage", error instanceof Error ? error.message : String(error));
    return hasGivenUp;
  }

  /** The audio database could not be written: on a full disk, pages of files that matter less are the room for those that matter more. */
  audioRefused(error: unknown): void {
    this.storageFailed(error);
    if (!isDiskFull(error)) return;
    const { items } = this.#parts;
    const hasEmergency = items.waitingForAudio().some(({ standing }) => standing.class === "emergency");
    this.#attempt(() => this.#evict((files) => (hasEmergency ? 0 : neededBytes(files))));
  }

  #everyHour(): void {
    const { orders, recorder, alarms, clock } = this.#parts;
    const { nowMs, unsettled } = clock.read();
    this.#attempt(() => recorder.checkpoint());
    for (const code of PASSING) if ((alarms.quietForMs(code) ?? 0) >= DAY_MS) alarms.clear(code);
    if (unsettled !== true) this.#attempt(() => orders.prune(toUnixSeconds(nowMs)));
    this.makeRoom();
  }

  /** What failed once may have been a card that was slow to answer, or a fault of our own. Damage stays, until the next start. */
  #lookAtStorage(): void {
    const { orders, audio, alarms, timers, broken } = this.#parts;
    this.#storageCheck = undefined;
    if (!orders.isSound() || !audio.isSound()) {
      this.#storageCheck = timers.after(STORAGE_CHECK_MS, () => this.#lookAtStorage());
      return;
    }
    if (broken === undefined) alarms.clear("storage");
    else alarms.raise("storage", broken);
  }

  /** With room for the reserve, a full disk is over; without, it is told and looked at again. */
  #lookAtDisk(): void {
    const { alarms, mended } = this.#parts;
    this.#diskCheck?.cancel();
    this.#diskCheck = undefined;
    const shortage = this.#shortage();
    if (shortage !== undefined) {
      this.#holdBack();
      if (!alarms.isRaised("disk")) alarms.raise("disk", shortage);
      return;
    }
    const wasShort = this.#isShortOfRoom;
    this.#isShortOfRoom = false;
    if (wasShort) this.#attempt(() => this.#parts.audio.limitGrowth(undefined));
    alarms.clear("disk");
    if (wasShort) mended();
  }

  /** Why there is no room for the reserve. Undefined where it is whole. */
  #shortage(): string | undefined {
    const { host, reserve } = this.#parts;
    try {
      const { freeMb } = host.disk();
      const isRoomy = freeMb >= ROOM_MB + reserve.missingBytes / MEBIBYTE;
      if (isRoomy) reserve.refill();
      return isRoomy ? undefined : `${freeMb} MiB are free on the disk`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #holdBack(): void {
    const { audio, timers } = this.#parts;
    this.#diskCheck ??= timers.after(DISK_CHECK_MS, () => this.#lookAtDisk());
    if (this.#isShortOfRoom) return;
    this.#isShortOfRoom = true;
    this.#attempt(() => audio.limitGrowth(EMERGENCY_AUDIO_BYTES));
  }

  /** What fails here must not fail whoever asked for something else. */
  #attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.storageFailed(error);
    }
  }

  #evict(budgetOf: (files: readonly StoredAudio[]) => number): void {
    const { audio, items, log } = this.#parts;
    const uses = this.#audioUses();
    const files = audio.list().map(({ hash, sizeBytes }) => ({
      hash,
      sizeBytes,
      uses: uses.get(hash) ?? [],
    }));
    const { evict } = evictions(files, budgetOf(files));
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
      if (this.#isShortOfRoom) this.#parts.mended();
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

/** Of all that somebody still waits for. */
function neededBytes(files: readonly StoredAudio[]): number {
  const needed = files.filter(({ uses }) => uses.some(({ state }) => state === "waiting" || state === "on-air"));
  return needed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
