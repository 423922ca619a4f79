import type { Broadcast, ItemKey, ZoneId } from "../domain/broadcast.ts";
import type { Claim, Play } from "../domain/playout.ts";
import type { Standing } from "../domain/standing.ts";
import type { ClockReading, Milliseconds, UnixMs, UnixSeconds } from "../domain/time.ts";
import type { Ground } from "./areas.ts";
import { type Finished, finish, type Over, oversOfThePast } from "./finished.ts";
import { mayBeginAt } from "./hours.ts";
import { type Past, pastsOf } from "./past.ts";
import { PlanMemory } from "./plan-memory.ts";
import { DEFAULT_LOCAL_ORDER, type PrecedenceKey, urgencyRank } from "./precedence.ts";
import { type Controls, controlBoundaries, haltedZones, NO_CONTROLS, restraintsAt } from "./restraints.ts";
import { matchedZones } from "./targets.ts";
import { type Occurrence, occurrencesOf, type Turn, turnOf } from "./turn.ts";
import { isOfBeforeLoss, isTimed, mayPlayUntimed, NO_BOUNDS, type TimeBounds } from "./untimed.ts";
import { afterSecond } from "./validity.ts";

/** While a repeated emergency waits this long at most for its next turn, nothing less may slip into the gap. */
const HELD_GAP_SECONDS = 120;

/** An accepted item that is not over, with all that was played of it. */
export interface ActiveItem {
  readonly order: Broadcast;
  readonly standing: Standing;
  /** The file is whole and its hash was checked. */
  readonly audioReady: boolean;
  /** It was accepted since the agent started, while nobody knew the time. */
  readonly cameUntimed?: boolean | undefined;
  /** Its issuer no longer names it: it ends with what sounds of it. */
  readonly withdrawn?: boolean | undefined;
  /** In any order of zones; within a zone and occurrence in the order of `play`. */
  readonly plays: readonly Play[];
}

/** What may be on air at this instant. An emergency may before its audio is here: its attention tone goes first. */
export interface Candidate {
  readonly item: ItemKey;
  readonly occurrence: UnixSeconds;
  /** Where all of this holds: zones that have heard the same of an item share one candidate. */
  readonly zones: readonly ZoneId[];
  readonly key: PrecedenceKey;
  /** `urgencyRank` of the key: most comparisons end with it. */
  readonly rank: number;
  /** The number of the play on air, or of the one that would begin. */
  readonly play: number;
  readonly offsetMs: Milliseconds;
  /** For one that is on air: when it ends undisturbed. */
  readonly onAirUntilMs: UnixMs | undefined;
  /** Its start window is closed from here on. Undefined once begun. */
  readonly startClosesAfterMs: UnixMs | undefined;
  /** A control message keeps it silent there, though it may sound by its own words. */
  readonly halted: boolean;
}

export type WaitReason = "clock" | "unsettled" | "loss" | "not-targeted" | "early" | "hours" | "gap" | "audio";

export interface Waiting {
  readonly item: ItemKey;
  /** Absent where the reason is the same for all zones. */
  readonly zoneId?: ZoneId | undefined;
  readonly reason: WaitReason;
}

export function claimIn(zoneId: ZoneId, { item, occurrence }: Candidate): Claim {
  return { item, zoneId, occurrence };
}

export interface Plan {
  readonly candidates: readonly Candidate[];
  readonly waiting: readonly Waiting[];
  readonly finished: readonly Finished[];
  /** Zones where an emergency waits in a short gap between its repeats. */
  readonly heldZones: ReadonlySet<ZoneId>;
  /** Until then this plan stays as it is, as long as items, placement and clock do. Undefined: for ever. */
  readonly wakeAtMs: UnixMs | undefined;
}

/**
 * What may sound now, what waits for what, what is over, and when to ask again. Without a clock to believe nothing starts but a new
 * emergency, once, and nothing is over; what is on air stays: a clock that goes astray never cuts sound.
 */
export function plan(
  items: readonly ActiveItem[],
  ground: Ground,
  clock: ClockReading,
  controls: Controls = NO_CONTROLS,
  bounds: TimeBounds = NO_BOUNDS,
): Plan {
  const timed = isTimed(clock, bounds);
  const restraints = timed ? restraintsAt(controls.controls, ground, clock.nowMs) : [];
  const circumstances = { clock, bounds, controls };
  const draft = emptyDraft(circumstances);
  const isRemembered = timed && !clock.unsettled && items.length <= MOST_REMEMBERED_ITEMS;
  const planOne = (item: ActiveItem, into: Draft): void => {
    if (!timed) planWithoutClock(item, ground, into);
    else if (isOfBeforeLoss(item, bounds)) planOfBeforeLoss(item, into);
    else {
      const halted = restraints.length === 0 ? NOWHERE : haltedZones(item, restraints, ground, controls.policy);
      if (isRemembered && halted.size === 0) join(into, rememberedPart(item, ground, circumstances));
      else planItem(item, ground, halted, into);
    }
  };
  for (const item of items) {
    if (item.withdrawn) planWithdrawn(item, draft, planOne);
    else planOne(item, draft);
  }
  if (timed) {
    for (const boundary of controlBoundaries(controls.controls)) wakeAt(draft, boundary, clock.nowMs);
  }
  const { candidates, waiting, finished, heldZones, wakeAtMs } = draft;
  return { candidates, waiting, finished, heldZones, wakeAtMs: Number.isFinite(wakeAtMs) ? wakeAtMs : undefined };
}

type Shared = Candidate & { readonly zones: ZoneId[] };

interface Circumstances {
  readonly clock: ClockReading;
  readonly bounds: TimeBounds;
  readonly controls: Controls;
}

interface Draft extends Circumstances {
  readonly candidates: Shared[];
  readonly waiting: Waiting[];
  readonly finished: Finished[];
  readonly heldZones: Set<ZoneId>;
  wakeAtMs: UnixMs;
}

function emptyDraft(circumstances: Circumstances): Draft {
  return {
    ...circumstances,
    candidates: [],
    waiting: [],
    finished: [],
    heldZones: new Set(),
    wakeAtMs: Number.POSITIVE_INFINITY,
  };
}

/** What a plan is put together of. */
type Part = Omit<Draft, keyof Circumstances>;

/** With every ceiling reached, the parts of all items together take some 2 MB. */
const MOST_REMEMBERED_ITEMS = 2_000;
const memory = new PlanMemory<Part>();

function rememberedPart(item: ActiveItem, ground: Ground, circumstances: Circumstances): Part {
  const { clock, controls } = circumstances;
  return memory.part(item, ground, controls.policy, clock.nowMs, () => {
    const draft = emptyDraft(circumstances);
    planItem(item, ground, NOWHERE, draft);
    const { candidates, waiting, finished, heldZones, wakeAtMs } = draft;
    return { candidates, waiting, finished, heldZones, wakeAtMs };
  });
}

function join(draft: Draft, part: Part): void {
  draft.candidates.push(...part.candidates);
  draft.waiting.push(...part.waiting);
  draft.finished.push(...part.finished);
  for (const zoneId of part.heldZones) draft.heldZones.add(zoneId);
  draft.wakeAtMs = Math.min(draft.wakeAtMs, part.wakeAtMs);
}

/** One occurrence of an item, and where it stands in some zones. */
interface Spot {
  readonly item: ActiveItem;
  readonly itemKey: ItemKey;
  readonly occurrence: Occurrence;
  readonly zones: readonly ZoneId[];
  readonly halted: boolean;
  readonly past: Past | undefined;
  readonly turn: Turn;
}

const NOWHERE: ReadonlySet<ZoneId> = new Set();

function planOfBeforeLoss({ order }: ActiveItem, draft: Draft): void {
  const item = itemKeyOf(order);
  if (draft.clock.unsettled) draft.waiting.push({ item, reason: "loss" });
  else draft.finished.push({ item, state: "expired", reason: "before-loss" });
}

function planItem(item: ActiveItem, ground: Ground, halted: ReadonlySet<ZoneId>, draft: Draft): void {
  const { order, standing } = item;
  const itemKey = itemKeyOf(order);
  const zones = matchedZones(order, standing.grants, ground);
  const { controls, clock } = draft;
  const { nowMs } = clock;
  const lifeEndsAfterMs = afterSecond(standing.window.expiresAt);
  const overs: Over[] = [];
  let open = false;
  if (zones.length === 0 && (nowMs < lifeEndsAfterMs || clock.unsettled)) {
    open = true;
    draft.waiting.push({ item: itemKey, reason: "not-targeted" });
    wakeAt(draft, lifeEndsAfterMs, nowMs);
  }
  let opensAtMs: UnixMs | undefined; // the same for all zones, and asked by calendar: once
  const beginsAtMs = () =>
    (opensAtMs ??= mayBeginAt(order, standing.class, nowMs, ground, controls.policy.allowedHours));
  for (const occurrence of occurrencesOf(order, standing)) {
    let isOver = true;
    for (const spot of spotsOf(item, itemKey, occurrence, zones, halted, nowMs)) {
      const { turn } = spot;
      if (turn.kind === "over" && !(turn.byTime && clock.unsettled)) {
        overs.push(turn);
        continue;
      }
      isOver = false;
      const startsAtMs = isFirstStart(turn) ? beginsAtMs() : nowMs;
      if (startsAtMs > nowMs) placeOutsideHours(spot, startsAtMs, nowMs, draft);
      else place(spot, nowMs, draft);
    }
    if (isOver) continue;
    open = true;
    wakeAt(draft, occurrence.startClosesAfterMs, nowMs);
    wakeAt(draft, occurrence.goOnEndsAfterMs, nowMs);
  }
  // A play past its time keeps the item open: the zone must fall silent first, and its record be written.
  if (open || item.plays.some(({ end }) => end === undefined)) return;
  draft.finished.push(finish(itemKey, zones.length > 0 ? overs : oversOfThePast(item.plays)));
}

/** The policy's hours are for beginning: what has begun goes on. */
function isFirstStart(turn: Turn): boolean {
  return turn.kind === "due" && !turn.begun;
}

function placeOutsideHours(spot: Spot, opensAtMs: UnixMs, nowMs: UnixMs, draft: Draft): void {
  wakeAt(draft, opensAtMs, nowMs);
  wait(spot, "hours", draft);
}

function place(spot: Spot, nowMs: UnixMs, draft: Draft): void {
  const { item, turn } = spot;
  switch (turn.kind) {
    case "over":
      placeUnsettled(spot, draft);
      return;
    case "early":
    case "gap":
      wakeAt(draft, turn.untilMs, nowMs);
      wait(spot, turn.kind, draft);
      if (turn.kind === "gap" && !spot.halted && holdsZone(item)) {
        for (const zoneId of spot.zones) draft.heldZones.add(zoneId);
      }
      return;
    case "due":
      if (item.audioReady || mayBeginWithoutAudio(spot)) placeDue(spot, turn, draft);
      else wait(spot, "audio", draft);
      return;
    case "on-air":
      draft.candidates.push(onAir(spot, turn.play));
      return;
    default:
      turn satisfies never;
  }
}

/** Joins the candidate before it where nothing but the zone differs. */
function placeDue(spot: Spot, { play, offsetMs, begun }: Extract<Turn, { kind: "due" }>, draft: Draft): void {
  const { item, itemKey, occurrence, zones, past, halted } = spot;
  const playsDone = past?.playsDone ?? 0;
  const last = draft.candidates.at(-1);
  const isAlike =
    last !== undefined &&
    last.item === itemKey &&
    last.occurrence === occurrence.due &&
    last.play === play &&
    last.offsetMs === offsetMs &&
    last.key.playsDone === playsDone &&
    last.halted === halted &&
    last.onAirUntilMs === undefined;
  if (isAlike) {
    last.zones.push(...zones);
    return;
  }
  draft.candidates.push({
    item: itemKey,
    occurrence: occurrence.due,
    zones: [...zones],
    key: keyOf(item, occurrence.due, playsDone),
    rank: urgencyRank(item.standing),
    play,
    offsetMs,
    onAirUntilMs: undefined,
    startClosesAfterMs: begun ? undefined : occurrence.startClosesAfterMs,
    halted,
  });
}

/** Its time seems over, by a clock that is too young to end anything: a step that was just believed cuts no sound. */
function placeUnsettled(spot: Spot, draft: Draft): void {
  const last = spot.past?.last;
  const sounds = last !== undefined && last.end === undefined;
  if (sounds && draft.clock.state === "sync") draft.candidates.push(onAir(spot, last));
  else wait(spot, "unsettled", draft);
}

function wait({ itemKey, zones }: Spot, reason: WaitReason, draft: Draft): void {
  for (const zoneId of zones) draft.waiting.push({ item: itemKey, zoneId, reason });
}

/** Its attention tone covers the fetching. Where the tone has once waited in vain, the next one waits for the audio. */
function mayBeginWithoutAudio({ item, past }: Spot): boolean {
  return item.standing.class === "emergency" && past?.last.end?.code !== "chunks-missing";
}

function holdsZone({ order, standing }: ActiveItem): boolean {
  return standing.class === "emergency" && order.gapSeconds <= HELD_GAP_SECONDS;
}

/** What sounds of it goes on as it would have: to its end, a halt or the end of its time. Nothing of it begins. */
function planWithdrawn(item: ActiveItem, draft: Draft, planOne: (item: ActiveItem, into: Draft) => void): void {
  if (item.plays.every(({ end }) => end !== undefined)) {
    draft.finished.push({ item: itemKeyOf(item.order), state: "withdrawn", reason: "withdrawn" });
    return;
  }
  const part = emptyDraft(draft);
  planOne(item, part);
  draft.candidates.push(...part.candidates.filter(({ onAirUntilMs }) => onAirUntilMs !== undefined));
  draft.wakeAtMs = Math.min(draft.wakeAtMs, part.wakeAtMs);
}

function planWithoutClock(item: ActiveItem, ground: Ground, draft: Draft): void {
  const itemKey = itemKeyOf(item.order);
  const zones = matchedZones(item.order, item.standing.grants, ground);
  const sounding = item.plays.filter(({ end, zoneId }) => end === undefined && zones.includes(zoneId));
  const mayBegin = mayPlayUntimed(item, draft.bounds);
  const halted = (mayBegin || sounding.length > 0) && draft.bounds.isTakenBack(item);
  for (const play of sounding) {
    const past = pastsOf(item.plays, play.occurrence).get(play.zoneId);
    draft.candidates.push(onAir({ item, itemKey, past, halted }, play));
  }
  const silent = zones.filter((zoneId) => !sounding.some((play) => play.zoneId === zoneId));
  const begun = mayBegin ? silent.filter((zoneId) => beginUntimed(item, zoneId, halted, draft)) : [];
  if (sounding.length === 0 && begun.length === 0) draft.waiting.push({ item: itemKey, reason: "clock" });
}

/** Once to its end in each zone, whatever was cut on the way. Whether there is anything to begin. */
function beginUntimed(item: ActiveItem, zoneId: ZoneId, halted: boolean, draft: Draft): boolean {
  const itemKey = itemKeyOf(item.order);
  let begins = false;
  for (const occurrence of occurrencesOf(item.order, item.standing)) {
    const past = pastsOf(item.plays, occurrence.due).get(zoneId);
    const spot = spotOf(item, itemKey, occurrence, [zoneId], halted, past, occurrence.opensAtMs);
    if (spot.turn.kind !== "due" || (past?.playsDone ?? 0) > 0) continue;
    place(spot, 0, draft);
    begins = true;
  }
  return begins;
}

function onAir(
  { item, itemKey, past, halted }: Pick<Spot, "item" | "itemKey" | "past" | "halted">,
  play: Play,
): Shared {
  return {
    item: itemKey,
    occurrence: play.occurrence,
    zones: [play.zoneId],
    key: keyOf(item, play.occurrence, past?.playsDone ?? 0),
    rank: urgencyRank(item.standing),
    play: play.play,
    offsetMs: play.offsetMs,
    onAirUntilMs: play.startedAtMs + item.order.audio.durationMs - play.offsetMs,
    startClosesAfterMs: undefined,
    halted,
  };
}

/** Most of a full plan was never played and is halted nowhere: it stands alike in all its zones. */
function spotsOf(
  item: ActiveItem,
  itemKey: ItemKey,
  occurrence: Occurrence,
  zones: readonly ZoneId[],
  halted: ReadonlySet<ZoneId>,
  nowMs: UnixMs,
): readonly Spot[] {
  if (zones.length === 0) return [];
  const pasts = pastsOf(item.plays, occurrence.due);
  if (pasts.size === 0 && halted.size === 0) {
    return [spotOf(item, itemKey, occurrence, zones, false, undefined, nowMs)];
  }
  const spots: Spot[] = [];
  for (const zoneId of zones) {
    spots.push(spotOf(item, itemKey, occurrence, [zoneId], halted.has(zoneId), pasts.get(zoneId), nowMs));
  }
  return spots;
}

function spotOf(
  item: ActiveItem,
  itemKey: ItemKey,
  occurrence: Occurrence,
  zones: readonly ZoneId[],
  halted: boolean,
  past: Past | undefined,
  nowMs: UnixMs,
): Spot {
  return { item, itemKey, occurrence, zones, halted, past, turn: turnOf(item.order, occurrence, past, nowMs) };
}

function keyOf({ order, standing }: ActiveItem, due: UnixSeconds, playsDone: number): PrecedenceKey {
  return {
    issuer: order.issuer,
    id: order.id,
    class: standing.class,
    severity: standing.severity,
    playsDone,
    localOrder: DEFAULT_LOCAL_ORDER,
    authorityRank: standing.authorityRank,
    due,
    issuedAt: order.issuedAt,
  };
}

function wakeAt(draft: Draft, instantMs: UnixMs, nowMs: UnixMs): void {
  if (instantMs > nowMs && instantMs < draft.wakeAtMs) draft.wakeAtMs = instantMs;
}

function itemKeyOf({ issuer, id }: ItemKey): ItemKey {
  return { issuer, id };
}
