import type { ZoneId } from "../domain/broadcast.ts";
import type { PlayOutcome } from "../domain/playout.ts";
import type { BroadcastClass } from "../domain/precedence.ts";
import type { ChunkRanges, FaultCode, ItemState } from "../domain/report.ts";

/** Where an accepted item is on this box. The names are those of receipts. */
export type ItemStage =
  | { readonly name: "accepted" }
  | { readonly name: "fetching"; readonly missing?: ChunkRanges | undefined }
  | { readonly name: "ready" }
  /** May sound, but something else has its zones. */
  | { readonly name: "queued" }
  | { readonly name: "playing"; readonly zones: readonly ZoneId[] }
  /** Was cut in every zone and waits to go on. */
  | { readonly name: "preempted" }
  | { readonly name: "done" | "withdrawn" }
  | { readonly name: "cancelled" | "expired" | "failed"; readonly code?: FaultCode | undefined };

export type ItemEvent =
  | { readonly kind: "fetching" }
  /** The sources do not have these chunks. */
  | { readonly kind: "chunks-missing"; readonly ranges: ChunkRanges }
  | { readonly kind: "audio-ready" }
  /** The stored audio turned out to be damaged or gone. */
  | { readonly kind: "audio-lost" }
  | { readonly kind: "queued" }
  | { readonly kind: "play-began"; readonly zoneId: ZoneId }
  | { readonly kind: "play-ended"; readonly zoneId: ZoneId; readonly outcome: PlayOutcome }
  /** Plan found that it can't sound again. */
  | {
      readonly kind: "finished";
      readonly state: "done" | "failed" | "cancelled" | "withdrawn" | "expired";
      readonly code?: FaultCode | undefined;
    };

/** A receipt worth sending. */
export interface ItemNews {
  readonly state: ItemState;
  readonly code?: FaultCode | undefined;
  readonly ranges?: ChunkRanges | undefined;
}

export interface ItemStep {
  readonly stage: ItemStage;
  readonly news: ItemNews | undefined;
}

/** Computes the next stage and what the centre has to be told of it. What is over stays over. */
export function stepItem(stage: ItemStage, event: ItemEvent, itemClass: BroadcastClass): ItemStep {
  if (event.kind === "chunks-missing" && stage.name === "playing") {
    // An emergency under its tone: it sounds, and its audio is asked for all the same.
    return { stage, news: { state: "fetching", code: "chunks-missing", ranges: event.ranges } };
  }
  const next = nextStage(stage, event);
  const isNews = next !== stage && (next.name !== stage.name || next.name === "fetching");
  return { stage: next, news: isNews ? newsOf(next, itemClass) : undefined };
}

export function isOver({ name }: ItemStage): boolean {
  return name === "done" || name === "cancelled" || name === "withdrawn" || name === "expired" || name === "failed";
}

function nextStage(stage: ItemStage, event: ItemEvent): ItemStage {
  if (isOver(stage)) return stage;
  switch (event.kind) {
    case "fetching":
      return stage.name === "accepted" ? { name: "fetching" } : stage;
    case "chunks-missing":
      return { name: "fetching", missing: event.ranges };
    case "audio-ready":
      return stage.name === "accepted" || stage.name === "fetching" ? { name: "ready" } : stage;
    case "audio-lost":
      return stage.name === "fetching" ? stage : { name: "fetching" };
    case "queued":
      return stage.name === "ready" ? { name: "queued" } : stage;
    case "play-began":
      return { name: "playing", zones: [...zonesOf(stage).filter((zone) => zone !== event.zoneId), event.zoneId] };
    case "play-ended":
      return afterPlay(stage, event.zoneId, event.outcome);
    case "finished":
      return event.state === "done" || event.state === "withdrawn"
        ? { name: event.state }
        : { name: event.state, code: event.code };
    default:
      return event satisfies never;
  }
}

function afterPlay(stage: ItemStage, zoneId: ZoneId, outcome: PlayOutcome): ItemStage {
  if (stage.name !== "playing") return stage;
  const zones = stage.zones.filter((zone) => zone !== zoneId);
  if (zones.length > 0) return { name: "playing", zones };
  return { name: outcome === "preempted" ? "preempted" : "queued" };
}

function zonesOf(stage: ItemStage): readonly ZoneId[] {
  return stage.name === "playing" ? stage.zones : [];
}

/** Of an emergency the centre hears every step; of the rest only what somebody has to act on. */
function newsOf(stage: ItemStage, itemClass: BroadcastClass): ItemNews | undefined {
  const missing = stage.name === "fetching" ? stage.missing : undefined;
  if (missing !== undefined) return { state: "fetching", code: "chunks-missing", ranges: missing };
  if (stage.name === "failed") return { state: "failed", code: stage.code };
  if (stage.name === "cancelled" && stage.code !== undefined) return { state: "cancelled", code: stage.code };
  if (itemClass !== "emergency") return undefined;
  return stage.name === "expired" ? { state: "expired", code: stage.code } : { state: stage.name };
}
