import type { AreaId, Broadcast, GatewayId, ZoneId } from "../domain/broadcast.ts";
import type { EvidenceLine, HeartbeatReport, LinkState, ProofStrength, ReceiptReport } from "../domain/report.ts";
import type { Milliseconds, UnixMs } from "../domain/time.ts";

/**
 * What became of a broadcast in a zone. `silent`: not a word about it has come from there. `unproven`: taken in, its time is over,
 * and no record tells whether it was heard.
 */
export type Verdict =
  | "played"
  | "cut"
  | "playing"
  | "waiting"
  | "failed"
  | "expired"
  | "cancelled"
  | "refused"
  | "unproven"
  | "silent";

export interface ZoneCoverage {
  readonly zoneId: ZoneId;
  readonly verdict: Verdict;
  /** Why, where there is a reason: a refusal, fault or expiry code. */
  readonly code?: string | undefined;
  readonly firstAtMs?: UnixMs | undefined;
  /** Of all its soundings together. */
  readonly soundedMs: Milliseconds;
  /** The strongest proof among them. */
  readonly strength?: ProofStrength | undefined;
}

export interface GatewayCoverage {
  readonly gateway: GatewayId;
  readonly commune: AreaId;
  readonly link: LinkState | undefined;
  /** Its last report of any kind. */
  readonly heardAtMs: UnixMs | undefined;
  readonly zones: readonly ZoneCoverage[];
}

/** All that a desk holds of one gateway concerning one broadcast. */
export interface Witness {
  readonly gateway: GatewayId;
  readonly commune: AreaId;
  /** The zones it is meant for there. */
  readonly zones: readonly ZoneId[];
  /** Records about it, in the order of the chain. */
  readonly records: readonly EvidenceLine[];
  readonly receipt: ReceiptReport | undefined;
  readonly heartbeat: HeartbeatReport | undefined;
  readonly link: LinkState | undefined;
  readonly heardAtMs: UnixMs | undefined;
}

/** Who played it, who did not and why, and who says nothing. Pure; a record outweighs what a receipt or a heartbeat said before. */
export function coverageOf(
  order: Pick<Broadcast, "issuer" | "id" | "expiresAt">,
  witnesses: readonly Witness[],
  nowMs: UnixMs,
): readonly GatewayCoverage[] {
  return witnesses.map((witness) => ({
    gateway: witness.gateway,
    commune: witness.commune,
    link: witness.link,
    heardAtMs: witness.heardAtMs,
    zones: witness.zones.map((zoneId) => zoneCoverage(zoneId, order, witness, nowMs)),
  }));
}

const SOUNDINGS: readonly string[] = ["played", "preempted", "cancelled", "expired", "failed"];

function zoneCoverage(
  zoneId: ZoneId,
  order: Pick<Broadcast, "issuer" | "id" | "expiresAt">,
  witness: Witness,
  nowMs: UnixMs,
): ZoneCoverage {
  const here = witness.records.filter(({ zone, kind }) => zone === zoneId && SOUNDINGS.includes(kind));
  const starts = here.flatMap(({ startedAtMs }) => startedAtMs ?? []);
  const strengths = here.flatMap(({ strength }) => strength ?? []);
  const sounded: Pick<ZoneCoverage, "zoneId" | "soundedMs" | "firstAtMs" | "strength"> = {
    zoneId,
    soundedMs: here.reduce((sum, record) => sum + lengthOf(record), 0),
    firstAtMs: starts.length === 0 ? undefined : Math.min(...starts),
    strength: strengths.length === 0 ? undefined : (Math.max(...strengths) as ProofStrength),
  };
  if (here.some(({ kind }) => kind === "played")) return { ...sounded, verdict: "played" };
  const endedAtMs = Math.max(0, ...here.map((record) => record.endedAtMs ?? 0));
  if (isPlayingIt(witness.heartbeat, zoneId, order, endedAtMs)) return { ...sounded, verdict: "playing" };
  const whole = witness.records.findLast(({ zone, kind }) => zone === undefined && kind !== "received");
  const last = here.at(-1) ?? whole;
  if (last !== undefined) return { ...sounded, verdict: verdictOf(last), code: last.code };
  return { ...sounded, ...withoutRecord(order, witness, nowMs) };
}

function verdictOf({ kind }: EvidenceLine): Verdict {
  switch (kind) {
    case "preempted":
      return "cut";
    case "cancelled":
    case "expired":
    case "failed":
    case "refused":
      return kind;
    default:
      return "unproven";
  }
}

/** Receipts travel faster than records, and of refusals there may be nothing else. */
function withoutRecord(
  { expiresAt }: Pick<Broadcast, "expiresAt">,
  { receipt, records }: Witness,
  nowMs: UnixMs,
): Pick<ZoneCoverage, "verdict" | "code"> {
  switch (receipt?.state) {
    case "refused":
    case "expired":
    case "failed":
    case "cancelled":
      return { verdict: receipt.state, code: receipt.code };
    default: {
      const known = receipt !== undefined || records.length > 0;
      if (!known) return { verdict: "silent" };
      return nowMs > expiresAt * 1000 ? { verdict: "unproven" } : { verdict: "waiting", code: receipt?.code };
    }
  }
}

/** A heartbeat of before the last sounding's end says nothing that its record does not know better. */
function isPlayingIt(
  heartbeat: HeartbeatReport | undefined,
  zoneId: ZoneId,
  { issuer, id }: Pick<Broadcast, "issuer" | "id">,
  endedAtMs: UnixMs,
): boolean {
  if (heartbeat === undefined || heartbeat.atMs < endedAtMs) return false;
  const item = heartbeat.zones.find((zone) => zone.id === zoneId)?.item;
  return item?.issuer === issuer && item.id === id;
}

function lengthOf({ startedAtMs, endedAtMs }: EvidenceLine): Milliseconds {
  return startedAtMs === undefined || endedAtMs === undefined ? 0 : Math.max(0, endedAtMs - startedAtMs);
}
