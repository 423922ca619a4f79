import type { AlertOrder, AreaId, AudioFile, BroadcastStatus, OnPreempt, Plan } from "../domain/broadcast.ts";
import type { BroadcastClass, Severity } from "../domain/precedence.ts";
import { toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import type { Delegation } from "../domain/trust.ts";
import { commonMembers, type Moment } from "./moment.ts";

/** What an official asks for. */
export interface BroadcastRequest {
  readonly class: BroadcastClass;
  /** 1 to 3 for emergencies, otherwise 0. */
  readonly severity: Severity;
  readonly status: BroadcastStatus;
  readonly to: readonly AreaId[];
  /** Only zones with one of these; empty: all zones. */
  readonly tags: readonly string[];
  readonly title: string;
  readonly text?: string | undefined;
  readonly language: string;
  /** When it is due; undefined: now. */
  readonly at?: UnixSeconds | undefined;
  /** From the due instant on. */
  readonly expiresInSeconds: number;
  readonly startWithinSeconds?: number | undefined;
  /** Undefined: once. */
  readonly repeat?: number | undefined;
  readonly gapSeconds?: number | undefined;
  /** Undefined: what is usual for its class. */
  readonly onPreempt?: OnPreempt | undefined;
}

/** The order as it will be signed: an alert that is valid from now until it expires. */
export function composeOrder(
  request: BroadcastRequest,
  audio: AudioFile,
  speaker: Delegation["subject"],
  moment: Moment,
): AlertOrder {
  const { issuer, level } = speaker;
  const { tags, at, startWithinSeconds, repeat = 1, gapSeconds = 0 } = request;
  const waitsSeconds = at === undefined ? 0 : Math.max(0, at - toUnixSeconds(moment.nowMs));
  const seconds = waitsSeconds + request.expiresInSeconds;
  const plan: Plan = at === undefined ? { kind: "now" } : { kind: "at", at };
  return {
    // Orders are told apart by id; their sequence orders nothing.
    ...commonMembers(moment, { issuer, level, sequence: 0, seconds }),
    type: "broadcast",
    action: "alert",
    status: request.status,
    class: request.class,
    severity: request.severity,
    targets: request.to.map((area) => (tags.length === 0 ? { area } : { area, zoneTags: tags })),
    title: request.title,
    language: request.language,
    ...(request.text !== undefined && { text: request.text }),
    audio,
    sources: [{ kind: "mqtt" }],
    plan: { ...plan, ...(startWithinSeconds !== undefined && { startWithinSeconds }) },
    repeat,
    gapSeconds,
    onPreempt: request.onPreempt ?? ON_PREEMPT[request.class],
    gate: "auto",
    gainCentiDb: 0,
  };
}

const ON_PREEMPT: Readonly<Record<BroadcastClass, OnPreempt>> = {
  emergency: "restart",
  priority: "restart",
  routine: "resume",
};
