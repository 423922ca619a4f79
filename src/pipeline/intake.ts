import { addsTo } from "../core/pending.ts";
import { objection, type Refused, refusedSigned } from "../core/refusal.ts";
import type { TrustContext } from "../core/trust-context.ts";
import { type Verdict, verifyDown } from "../core/verify.ts";
import type { ItemKey } from "../domain/broadcast.ts";
import type { Clock, InboundMessage } from "../domain/ports.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type { DownPayload, DownTopic, RefusalCode, Sealed } from "../domain/trust.ts";
import type { AudioStore } from "../store/audio.ts";
import type { OrdersStore } from "../store/orders.ts";
import { openDown } from "../wire/envelope.ts";
import { mergeSignatures } from "../wire/merge.ts";
import { parseDownTopic } from "../wire/topics.ts";
import type { Acceptance, Sealing } from "./acceptance.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { Cosignatures } from "./cosignatures.ts";
import type { FloodGuard } from "./flood-guard.ts";
import type { FloodedFilters } from "./flooded-filters.ts";
import type { Items } from "./items.ts";
import type { Outcome, PendingMessages } from "./pending.ts";
import type { RefusalCounter } from "./refusal-counter.ts";
import type { Refusals, RefusedMessage } from "./refusals.ts";
import type { TrustState } from "./trust-state.ts";
import type { Watch } from "./watch.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly audio: AudioStore;
  readonly items: Items;
  readonly acceptance: Acceptance;
  readonly pending: PendingMessages;
  readonly cosignatures: Cosignatures;
  readonly trust: TrustState;
  readonly refusals: Refusals;
  readonly refusalCounter: RefusalCounter;
  readonly watch: Watch;
  readonly flood: FloodGuard;
  readonly floodedFilters: FloodedFilters;
  readonly alarms: AlarmBoard;
  readonly clock: Clock;
}

/**
 * From bytes off the control connection to a commit. When `take` returns, the message has had its whole effect on disk and may
 * be acknowledged; when it throws, a fault of our own stands in the way and the broker has to keep it.
 */
export class Intake {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  take(message: InboundMessage): void {
    const { flood, floodedFilters } = this.#parts;
    this.#open(message, (sealed, topic) => {
      const kid = kidOf(sealed);
      if (kid === undefined || !flood.putLast(kid, topic, message)) return this.#judge(sealed, topic, message);
      floodedFilters.refused(topic);
      return "settled";
    });
  }

  /** The same for what has come before and waits: how it is now. */
  judge(message: InboundMessage): Outcome {
    return this.#open(message, (sealed, topic) => this.#judge(sealed, topic, message));
  }

  /** The cheap checks: nothing here costs more than reading the message once. */
  #open(message: InboundMessage, then: (sealed: Sealed<DownPayload>, topic: DownTopic) => Outcome): Outcome {
    const topic = parseDownTopic(message.topic);
    if (topic === undefined) {
      this.#parts.refusalCounter.count("binding", message.topic, "a topic that is not for this gateway");
      return "settled";
    }
    // An empty payload only clears a retained message at the broker.
    if (message.payload.byteLength === 0) return this.#repeat(topic, message);
    const opened = openDown(message.payload, topic);
    if (opened.kind === "opened") return then(opened.sealed, topic);
    return this.#count(opened, topic, message, opened.claimedKid);
  }

  #judge(sealed: Sealed<DownPayload>, topic: DownTopic, message: InboundMessage): Outcome {
    return this.#follow(verifyDown(sealed, topic, this.#context()), topic, { sealed, message });
  }

  /** Without a good signature. */
  #count(
    { code, detail }: { readonly code: RefusalCode; readonly detail: string },
    topic: DownTopic,
    message: InboundMessage,
    kid: string | undefined,
  ): Outcome {
    const { refusalCounter, flood, floodedFilters } = this.#parts;
    refusalCounter.count(code, message.topic, detail);
    floodedFilters.refused(topic);
    if (kid !== undefined) flood.refused(kid);
    return "settled";
  }

  /** Without an effect: it is known. */
  #repeat(topic: DownTopic, message: InboundMessage): Outcome {
    this.#parts.floodedFilters.repeated(topic, message.topic);
    return "settled";
  }

  #follow(verdict: Verdict, topic: DownTopic, sealing: Sealing): Outcome {
    const { acceptance, cosignatures } = this.#parts;
    const { sealed, message } = sealing;
    switch (verdict.kind) {
      case "duplicate":
        cosignatures.take(sealed, message);
        return this.#repeat(topic, message);
      case "refused":
        if (!verdict.signed) return this.#count(verdict, topic, message, kidOf(sealed));
        this.#repeat(topic, message);
        return this.#refuseOrKeep(verdict, topic, sealing);
      case "accepted": {
        const contradiction = this.#contradiction(verdict);
        if (contradiction === undefined) acceptance.accept(verdict, topic, sealing);
        else this.#refuse(contradiction, sealing);
        return "settled";
      }
      default:
        return verdict satisfies never;
    }
  }

  /** What is short of a signature may have come with another one before. */
  #refuseOrKeep(verdict: Refused, topic: DownTopic, sealing: Sealing): Outcome {
    const { pending, watch } = this.#parts;
    const { sealed, message } = sealing;
    if (!pending.mayKeep(verdict, sealed.payload)) {
      this.#refuse(verdict, sealing);
      const { passesAt } = verdict;
      if (passesAt !== undefined && passesAt <= sealed.payload.expiresAt) watch.later(message.topic, passesAt);
      return "settled";
    }
    const kept = pending.find(sealed);
    if (kept === undefined) return pending.keep(verdict, sealed, message);
    const merged = mergeSignatures(kept.envelope, message.payload);
    const opened = merged && openDown(merged, topic);
    if (merged === undefined || opened?.kind !== "opened") return "waits";
    const together = verifyDown(opened.sealed, topic, this.#context());
    const whole = { sealed: opened.sealed, message: { ...message, payload: merged } };
    if (together.kind !== "refused") return this.#follow(together, topic, whole);
    if (!pending.mayKeep(together, sealed.payload)) return "waits";
    if (!addsTo(this.#judged(kept.envelope, topic), together)) return "waits";
    return pending.keep(together, whole.sealed, whole.message);
  }

  #judged(envelope: Uint8Array, topic: DownTopic): Verdict {
    const opened = openDown(envelope, topic);
    return opened.kind === "opened"
      ? verifyDown(opened.sealed, topic, this.#context())
      : { ...opened, kind: "refused", signed: false };
  }

  /** An envelope judged as if its order were not here yet: what another signature adds to it. */
  judgeAfresh(message: InboundMessage, key: ItemKey): Verdict {
    const topic = parseDownTopic(message.topic);
    const opened = topic && openDown(message.payload, topic);
    if (topic === undefined || opened?.kind !== "opened") return { kind: "duplicate" };
    const context = this.#context();
    const seen = (other: ItemKey) =>
      other.issuer === key.issuer && other.id === key.id ? undefined : context.seen(other);
    return verifyDown(opened.sealed, topic, { ...context, seen, active: () => ({ emergencies: 0, others: 0 }) });
  }

  #context(): TrustContext {
    const { orders, items, trust, clock } = this.#parts;
    const reading = clock.read();
    return {
      gateway: trust.placement.gateway,
      root: trust.root,
      placement: trust.placement,
      policy: trust.policy,
      revoked: trust.revoked,
      clock: reading,
      seen: (key) => orders.seen.payloadHash(key),
      original: (key) => items.original(key),
      // Of placements one is in force, whoever signed it, and it has to be the same one after a restart.
      lastAccepted: (type, issuer, area) =>
        type === "placement" ? orders.trust.newest(type) : orders.trust.get(type, issuer, area),
      active: () => {
        const { emergency, priority, routine } = orders.broadcasts.queue();
        return { emergencies: emergency, others: priority + routine };
      },
      kept: (issuer) => ({
        references: orders.withdrawals.countBy(issuer),
        controls: orders.controls.countBy(issuer, toUnixSeconds(reading.nowMs)),
      }),
    };
  }

  /** Two orders of one file have to say the same of it, or the pieces of one would be taken for the other's. */
  #contradiction(verdict: Extract<Verdict, { kind: "accepted" }>): Refused | undefined {
    return verdict.what === "broadcast" && this.#parts.audio.contradicts(verdict.broadcast.audio)
      ? refusedSigned(objection("schema", "its audio contradicts an earlier order's"))
      : undefined;
  }

  #refuse(found: Refused, { sealed: { payload, payloadHash } }: Sealing): void {
    const { refusals, alarms } = this.#parts;
    const { issuer, id, expiresAt, type } = payload;
    const told = whomToTell(payload);
    const isFirst = refusals.refuse({ key: { issuer, id }, payloadHash, expiresAt, objection: found, told }, { type });
    if (isFirst && told !== "nobody" && found.code === "replay") {
      alarms.raise("replay", `${issuer} ${id}: ${found.detail}`);
    }
  }
}

/** Who the first signature says it is by: fit for counting, not for trust. */
function kidOf({ signatures }: Sealed<DownPayload>): string | undefined {
  return signatures[0]?.header.kid;
}

function whomToTell(payload: DownPayload): RefusedMessage["told"] {
  // A record of it would be new evidence, that again brings an acknowledgement, for ever.
  if (payload.type === "evidence-ack") return "nobody";
  return payload.type === "broadcast" && payload.class === "emergency" ? "issuer-at-once" : "issuer";
}
