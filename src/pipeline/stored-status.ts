import { chunkCount, isAudioFile, itemKeyText, type Plan } from "../domain/broadcast.ts";
import { classRank } from "../domain/precedence.ts";
import type { QueuedStatus, StoredStatus } from "../domain/status.ts";
import type { UnixSeconds } from "../domain/time.ts";
import type { StoredBroadcast } from "../store/broadcasts.ts";
import type { OrdersStore } from "../store/orders.ts";
import { openDown } from "../wire/envelope.ts";
import { parseDownTopic } from "../wire/topics.ts";
import { storedTimeZone } from "./trust-state.ts";

/** Each row costs the opening of an envelope, and nobody reads more. */
const ACTIVE_SHOWN = 20;
const ENDED_SHOWN = 5;

/**
 * What the orders database knows, for the running agent's answer and for `loa status` without one. `missingChunks` counts
 * what a file still lacks; undefined where nobody knows.
 */
export function storedStatus(
  orders: OrdersStore,
  missingChunks: (audioHash: string) => number | undefined,
): StoredStatus {
  const active = orders.broadcasts.active().toSorted((a, b) => classRank(a.class) - classRank(b.class));
  const activeKeys = new Set(active.map(({ key }) => itemKeyText(key)));
  const ended = orders.broadcasts
    .recent(active.length + ENDED_SHOWN)
    .filter(({ key }) => !activeKeys.has(itemKeyText(key)))
    .slice(0, ENDED_SHOWN);
  const { first, last, acknowledged } = orders.evidence.position();
  return {
    gateway: orders.meta.text("gateway") ?? "",
    timeZone: storedTimeZone(orders),
    waiting: orders.broadcasts.queue(),
    queue: [...active.slice(0, ACTIVE_SHOWN), ...ended].flatMap((row) => {
      const queued = queuedStatus(orders, row, missingChunks);
      return queued === undefined ? [] : [queued];
    }),
    outboxCount: orders.outbox.size().count,
    evidence: { first, last, acknowledged },
    alarms: orders.alarms
      .raised()
      .map(({ code, severity, atMs, detail }) => ({ code, severity, sinceMs: atMs, detail })),
  };
}

/** Undefined for what has nothing to play (a cancel). What is stored was accepted, so it opens. */
function queuedStatus(
  orders: OrdersStore,
  { key, topic, class: playedAs, state, code }: StoredBroadcast,
  missingChunks: (audioHash: string) => number | undefined,
): QueuedStatus | undefined {
  const envelope = orders.broadcasts.envelope(key);
  const downTopic = parseDownTopic(topic);
  if (envelope === undefined || downTopic?.kind !== "broadcast") return undefined;
  const opened = openDown(envelope, downTopic);
  if (opened.kind === "refused") return undefined;
  const { payload } = opened.sealed;
  if (payload.type !== "broadcast" || payload.action === "cancel" || !isAudioFile(payload.audio)) return undefined;
  const total = chunkCount(payload.audio);
  const missing = missingChunks(payload.audio.hash);
  return {
    ...key,
    title: payload.title,
    status: payload.status,
    class: playedAs,
    area: downTopic.area,
    state,
    code,
    due: dueOf(payload.plan, payload.notBefore),
    expiresAt: payload.expiresAt,
    chunks: { have: missing === undefined ? undefined : total - missing, total },
  };
}

function dueOf(plan: Plan, notBefore: UnixSeconds): UnixSeconds | undefined {
  switch (plan.kind) {
    case "now":
      return notBefore;
    case "at":
      return plan.at;
    case "recurring":
      return undefined;
    default:
      return plan satisfies never;
  }
}
