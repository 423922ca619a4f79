import type { AreaId, GatewayId, ItemKey } from "../domain/broadcast.ts";
import type { ClockReading } from "../domain/time.ts";
import type { AreaDocument, EvidenceAck, Placement, Revoked, Root } from "../domain/trust.ts";
import type { ActiveCount, KeptCount } from "./ceilings.ts";
import type { Original } from "./mandate.ts";
import type { Policy } from "./policy.ts";

/** A message that took effect, by what has to be remembered of it. */
export interface AcceptedVersion {
  readonly sequence: number;
  readonly payloadHash: string;
}

/** Documents of which the newest version stands for the earlier ones. */
export type DocumentType = (Placement | EvidenceAck | AreaDocument)["type"];

export interface InstalledRoot {
  readonly root: Root;
  readonly payloadHash: string;
}

/** What a verdict depends on beyond the message: data, and look-ups into what was accepted before. */
export interface TrustContext {
  readonly gateway: GatewayId;
  readonly root: InstalledRoot;
  /** The placement in force. */
  readonly placement: Placement;
  readonly policy: Policy;
  /** The lists of revoked keys in force. */
  readonly revoked: readonly Revoked[];
  readonly clock: ClockReading;
  /** The payload hash under which (issuer, id) was accepted, as long as `seen` keeps it. */
  readonly seen: (key: ItemKey) => string | undefined;
  /** The accepted order of that name, whatever became of it. */
  readonly original: (key: ItemKey) => Original | undefined;
  /**
   * The last accepted version of a replaceable document: of this issuer for this area, which is empty for what is for one gateway;
   * of placements the one in force, whoever signed it.
   */
  readonly lastAccepted: (type: DocumentType | "policy", issuer: string, area: AreaId) => AcceptedVersion | undefined;
  readonly active: () => ActiveCount;
  /** What is kept of an issuer's updates, cancels and controls. */
  readonly kept: (issuer: string) => KeptCount;
}
