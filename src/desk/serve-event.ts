import type { GatewayId } from "../domain/broadcast.ts";
import type { AlarmReport, HeartbeatReport, ItemState, LinkState } from "../domain/report.ts";
import type { RevokedKey } from "../domain/trust.ts";

/** What `desk serve` tells, one line each. Programs read these as JSON: members are added, never renamed. */
export type ServeEvent =
  | { readonly event: "connected"; readonly broker: string }
  | { readonly event: "disconnected"; readonly reason: string }
  | { readonly event: "unreachable"; readonly reason: string; readonly detail: string }
  /** After a connect: the broker holds these `messages` again, and `cleared` expired ones no more. */
  | { readonly event: "restored"; readonly messages: number; readonly cleared: number }
  /** While it ran: so many messages expired and were removed from the broker. */
  | { readonly event: "cleared"; readonly cleared: number }
  | { readonly event: "publish-refused"; readonly topic: string; readonly reasonCode: number }
  /** Boxes with a voucher are answered at this address. */
  | { readonly event: "enrolment-open"; readonly address: string }
  /** A box has its bundle; `again`: the same box asked once more, as an answer may get lost. */
  | { readonly event: "enrolled"; readonly gateway: GatewayId; readonly serial: string; readonly again: boolean }
  | {
      readonly event: "enrolment-refused";
      readonly from: string;
      readonly code: string;
      /** As it was claimed; undefined when nobody got as far as a claim. */
      readonly gateway?: string | undefined;
      /** What was wrong with the request, for people. The box is not told. */
      readonly detail?: string | undefined;
    }
  | { readonly event: "state"; readonly gateway: GatewayId; readonly state: LinkState }
  | {
      readonly event: "birth";
      readonly gateway: GatewayId;
      readonly agent: string;
      readonly hardware: string;
      readonly epoch: string;
    }
  | {
      readonly event: "heartbeat";
      readonly gateway: GatewayId;
      readonly zones: HeartbeatReport["zones"];
      readonly alarms: readonly string[];
    }
  | {
      readonly event: "alarm";
      readonly gateway: GatewayId;
      readonly code: AlarmReport["code"];
      readonly state: AlarmReport["state"];
      readonly severity: AlarmReport["severity"];
      readonly detail: string;
    }
  | {
      readonly event: "receipt";
      readonly gateway: GatewayId;
      readonly issuer: string;
      readonly itemId: string;
      readonly state: ItemState;
      readonly code?: string | undefined;
      readonly detail?: string | undefined;
    }
  /** A gateway misses chunks; `resent` of them go out again now, the others did so a moment ago or are not this desk's. */
  | {
      readonly event: "chunks-missing";
      readonly gateway: GatewayId;
      readonly hash: string;
      readonly missing: number;
      readonly resent: number;
    }
  /** From evidence: a gateway took the item in. */
  | {
      readonly event: "accepted";
      readonly gateway: GatewayId;
      readonly issuer: string;
      readonly itemId: string;
      readonly q: number;
    }
  /** From evidence: how a play in a zone ended, or that an item was not played. */
  | {
      readonly event: "played" | "failed" | "expired";
      readonly gateway: GatewayId;
      readonly q: number;
      readonly zone?: string | undefined;
      readonly issuer?: string | undefined;
      readonly itemId?: string | undefined;
      readonly startedAtMs?: number | undefined;
      readonly endedAtMs?: number | undefined;
      readonly framesPlayed?: number | undefined;
      readonly framesExact?: boolean | undefined;
      readonly underruns?: number | undefined;
      readonly strength?: number | undefined;
      readonly code?: string | undefined;
    }
  | {
      readonly event: "evidence-acknowledged";
      readonly gateway: GatewayId;
      readonly epoch: string;
      /** Records new to the desk; 0 for a repeat. */
      readonly added: number;
      readonly to: number;
    }
  /** Evidence that is not stored and not acknowledged: somebody must look. */
  | {
      readonly event: "evidence-refused";
      readonly gateway: GatewayId;
      readonly epoch: string;
      readonly problem: "gap" | "fork" | "malformed";
      readonly from: number;
      readonly to: number;
      readonly detail: string;
    }
  /** Other commands of this desk have made, renewed or taken away keys; it says for these `issuers` what is in force. */
  | { readonly event: "keys-changed"; readonly issuers: readonly string[] }
  /** The same, but they can't be read or don't open: it goes on with those it has. */
  | { readonly event: "keys-unread"; readonly detail: string }
  /**
   * A list of revoked keys ends at the broker in `days` (0: it has ended) before keys that it names: `kid` is one of them. A box that
   * is enrolled after that would believe them. Once a day, from 30 days before.
   */
  | {
      readonly event: "revocation-ends";
      readonly issuer: string;
      readonly area: string;
      readonly days: number;
      readonly kid: string;
      readonly reason: RevokedKey["reason"];
      readonly from: number;
    }
  /** A gateway without a clock was told the time. */
  | { readonly event: "time-told"; readonly gateway: GatewayId }
  /** `count` of them since the last such line. */
  | {
      readonly event: "message-refused";
      readonly topic: string;
      readonly code: string;
      readonly detail: string;
      readonly count: number;
    };
