import { authenticate } from "../core/chain.ts";
import type { AreaId, BroadcastOrder } from "../domain/broadcast.ts";
import type { InboundMessage } from "../domain/ports.ts";
import type { UpPayload } from "../domain/report.ts";
import type { UnixMs } from "../domain/time.ts";
import type { DownPayload, DownTopic, Placement, Sealed } from "../domain/trust.ts";
import { openDown } from "../wire/envelope.ts";
import {
  allUpFilter,
  areaDocumentFilters,
  broadcastFilter,
  controlFilter,
  emergencyFilter,
  gatewayDownFilters,
  parseDownTopic,
  parseUpTopic,
  trustFilters,
} from "../wire/topics.ts";
import { previewOf, type Rules } from "./preview.ts";
import type { Register } from "./register.ts";
import { verifyReport } from "./verify-report.ts";

/** One message on the broker, as an onlooker who trusts nobody reads it. */
export type Overheard = { readonly topic: string } & (
  | { readonly kind: "cleared" }
  /** No topic that this contract knows, or an envelope that does not open. */
  | { readonly kind: "foreign"; readonly bytes: number; readonly code: string; readonly detail: string }
  | { readonly kind: "order" | "document"; readonly payload: DownPayload; readonly objection: Objection | undefined }
  | { readonly kind: "report"; readonly payload: UpPayload }
);

interface Objection {
  readonly code: string;
  readonly detail: string;
}

/** What to subscribe to, to hear everything that concerns these areas and the gateways in them. */
export function listeningFilters(placements: readonly Placement[], areas: readonly AreaId[]): readonly string[] {
  return [
    ...trustFilters(),
    ...areas.flatMap((area) => [
      emergencyFilter(area),
      controlFilter(area),
      broadcastFilter(area),
      ...areaDocumentFilters(area),
    ]),
    ...placements.flatMap(({ gateway }) => gatewayDownFilters(gateway)),
    allUpFilter(),
  ];
}

/** Reads and judges messages for people. Nothing is stored and nothing is answered. */
export class Listener {
  readonly #register: Pick<Register, "find">;
  readonly #placements: readonly Placement[];
  readonly #rules: () => Rules;

  /** @param rules those of the moment: they may change while somebody listens */
  constructor(register: Pick<Register, "find">, placements: readonly Placement[], rules: () => Rules) {
    this.#register = register;
    this.#placements = placements;
    this.#rules = rules;
  }

  /** Undefined for reports of gateways that are none of ours to listen to. */
  read({ topic, payload }: Pick<InboundMessage, "topic" | "payload">, nowMs: UnixMs): Overheard | undefined {
    const up = parseUpTopic(topic);
    if (up !== undefined && !this.#placements.some(({ gateway }) => gateway === up.gateway)) return undefined;
    if (payload.byteLength === 0) return { topic, kind: "cleared" };
    const foreign = ({ code, detail }: Objection): Overheard => ({
      ...{ topic, kind: "foreign", bytes: payload.byteLength, code, detail },
    });
    if (up !== undefined) {
      const verdict = verifyReport(payload, up, this.#register.find(up.gateway)?.publicKey);
      return verdict.kind === "good" ? { topic, kind: "report", payload: verdict.report } : foreign(verdict);
    }
    const down = parseDownTopic(topic);
    if (down === undefined) return foreign({ code: "binding", detail: "no topic of this contract" });
    const opened = openDown(payload, down);
    if (opened.kind === "refused") return foreign(opened);
    return this.#judge(topic, down, opened.sealed, nowMs);
  }

  #judge(topic: string, down: DownTopic, sealed: Sealed<DownPayload>, nowMs: UnixMs): Overheard {
    const { payload } = sealed;
    if (down.kind === "broadcast" && payload.type === "broadcast") {
      return { topic, kind: "order", payload, objection: this.#orderObjection({ ...sealed, payload }, nowMs) };
    }
    return { topic, kind: "document", payload, objection: this.#documentObjection(sealed) };
  }

  /** Good for the gateways that take it; where none does, the first one's reason. */
  #orderObjection(sealed: Sealed<BroadcastOrder>, nowMs: UnixMs): Objection | undefined {
    const previews = previewOf(sealed, this.#placements, this.#rules(), nowMs);
    if (previews.some(({ kind }) => kind === "taken")) return undefined;
    const refused = previews.find((preview) => preview.kind === "refused");
    return refused?.objection ?? this.#documentObjection(sealed);
  }

  /** Only whether the signatures lead to our root: what it may say is judged where it is taken. */
  #documentObjection(sealed: Sealed<DownPayload>): Objection | undefined {
    const { root } = this.#rules();
    if (sealed.payload.type === "root") {
      return sealed.payloadHash === root.payloadHash
        ? undefined
        : { code: "root-old", detail: "not the root of this desk" };
    }
    const authenticated = authenticate(sealed, root.root);
    return authenticated.kind === "unproven" ? authenticated.objection : undefined;
  }
}
