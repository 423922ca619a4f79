import { type AreaId, type ItemKey, itemKeyText, type Named, type ZoneId } from "../domain/broadcast.ts";
import type { Play } from "../domain/playout.ts";
import type { ItemStory, Story, StoryStep, ZoneStory } from "../domain/story.ts";
import type { StoredBroadcast } from "../store/broadcasts.ts";
import type { Decision } from "../store/decisions.ts";
import type { OrdersStore } from "../store/orders.ts";
import { openDown } from "../wire/envelope.ts";
import { parseDownTopic } from "../wire/topics.ts";
import { storedTimeZone } from "./trust-state.ts";

/** More than an item that is cut, resumed and repeated in sixteen zones leaves on an ordinary day. */
const ROWS_OF_AN_ITEM = 400;
const ROWS_OF_A_ZONE = 60;
const AMBIGUOUS_SHOWN = 10;

const ZONE_ID = /^z([1-9]|1[0-6])$/;
/** A whole id, or enough of it to read it off a screen and type it on a ladder. */
const ID_PART = /^[0-9A-HJKMNP-TV-Z]{4,26}$/;

/** Why a zone does what it does, or what became of an item: from what was written down when it was decided. */
export function storyAbout(orders: OrdersStore, about: string): Story {
  if (ZONE_ID.test(about)) return zoneStory(orders, about);
  const part = about.toUpperCase();
  if (!ID_PART.test(part)) return { kind: "unknown" };
  const [found, ...others] = orders.broadcasts.withIdLike(part, AMBIGUOUS_SHOWN);
  if (found === undefined) {
    const refusals = orders.refusals.withIdLike(part, AMBIGUOUS_SHOWN);
    return refusals.length === 0 ? { kind: "unknown" } : { kind: "refused", refusals };
  }
  if (others.length === 0) return itemStory(orders, found);
  return {
    kind: "ambiguous",
    items: [found, ...others].map(({ key }) => ({ ...key, ...nameOf(orders, key) })),
  };
}

function itemStory(orders: OrdersStore, row: StoredBroadcast): ItemStory {
  const { key, state, expiresAt } = row;
  const decisions = orders.decisions.recent(ROWS_OF_AN_ITEM, { id: key.id });
  const own = decisions.filter(({ item }) => item.issuer === key.issuer);
  return {
    kind: "item",
    ...key,
    ...nameOf(orders, key),
    timeZone: storedTimeZone(orders),
    class: row.class,
    area: areaOf(row),
    state,
    expiresAt,
    steps: stepsOf(row, own, orders.plays.ofItem(key)),
  };
}

/** Pure: what was decided and what was played, in the order in which it happened. `decisions` newest first, as they are stored. */
export function stepsOf(
  { acceptedAtMs, state, stateAtMs, code }: Pick<StoredBroadcast, "acceptedAtMs" | "state" | "stateAtMs" | "code">,
  decisions: readonly Decision[],
  plays: readonly Play[],
): readonly StoryStep[] {
  const steps: readonly StoryStep[] = [
    { kind: "accepted", atMs: acceptedAtMs },
    ...decisions.toReversed().map(decided),
    ...plays.flatMap(playSteps),
  ];
  return [...steps.toSorted(inTime), { kind: "state", atMs: stateAtMs, state, code }];
}

function zoneStory(orders: OrdersStore, zoneId: ZoneId): ZoneStory {
  const decisions = orders.decisions.recent(ROWS_OF_A_ZONE, { zoneId }).toReversed();
  const items = new Map(decisions.map(({ item }) => [itemKeyText(item), item]));
  const known = new Map([...items].map(([text, key]) => [text, { ...key, ...nameOf(orders, key) }]));
  const of = (key: ItemKey) => known.get(itemKeyText(key)) ?? { ...key, ...NAMELESS };
  const firstAtMs = decisions[0]?.atMs ?? 0;
  const played = [...items.values()].flatMap((key) =>
    orders.plays
      .ofItem(key)
      .filter((play) => play.zoneId === zoneId && play.startedAtMs >= firstAtMs)
      .flatMap(playSteps)
      .map((step) => ({ ...step, ...of(key) })),
  );
  const steps = [...decisions.map((decision) => ({ ...decided(decision), ...of(decision.item) })), ...played];
  return {
    kind: "zone",
    zoneId,
    timeZone: storedTimeZone(orders),
    steps: steps.toSorted(inTime).slice(-ROWS_OF_A_ZONE),
  };
}

function decided({ atMs, zoneId, reason }: Decision): StoryStep {
  return { kind: "decided", atMs, zoneId, reason };
}

function playSteps({ zoneId, play, startedAtMs, offsetMs, end }: Play): readonly StoryStep[] {
  const began: StoryStep = { kind: "began", atMs: startedAtMs, zoneId, play, offsetMs };
  if (end === undefined) return [began];
  const { atMs, outcome, code } = end;
  return [began, { kind: "ended", atMs, zoneId, play, outcome, code, offsetMs: end.offsetMs }];
}

/** Within one instant: first what was decided, then what came of it. */
const RANK: Readonly<Record<StoryStep["kind"], number>> = { accepted: 0, ended: 1, decided: 2, began: 3, state: 4 };

function inTime(a: StoryStep, b: StoryStep): number {
  return a.atMs - b.atMs || RANK[a.kind] - RANK[b.kind];
}

/** A cancel has no name, and what can't be opened has lost it. */
const NAMELESS: Named = { title: "", status: "actual" };

function nameOf(orders: OrdersStore, key: ItemKey): Named {
  const envelope = orders.broadcasts.envelope(key);
  const topic = parseDownTopic(orders.broadcasts.find(key)?.topic ?? "");
  const opened = envelope && topic && openDown(envelope, topic);
  const payload = opened?.kind === "opened" ? opened.sealed.payload : undefined;
  if (payload?.type !== "broadcast" || payload.action === "cancel") return NAMELESS;
  return { title: payload.title, status: payload.status };
}

function areaOf({ topic }: StoredBroadcast): AreaId {
  const parsed = parseDownTopic(topic);
  return parsed?.kind === "broadcast" ? parsed.area : "";
}
