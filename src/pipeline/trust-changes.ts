import { afterSecond } from "../core/validity.ts";
import type { DownMessage } from "../domain/broadcast.ts";
import type { PolicyDocument } from "../domain/policy-document.ts";
import type { Cancellable, Clock, InboundMessage, Log, Part, Timers } from "../domain/ports.ts";
import { isTrusted } from "../domain/time.ts";
import type { Revoked, Root } from "../domain/trust.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { AlarmBoard } from "./alarm-board.ts";
import type { Recall } from "./recall.ts";
import type { Recorder } from "./recorder.ts";
import type { TrustState } from "./trust-state.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly trust: TrustState;
  readonly recorder: Recorder;
  readonly recall: Recall;
  readonly alarms: AlarmBoard;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Another root is in force: what was signed under it may have been refused before, or was never sent to us. */
  readonly rooted: () => void;
  /** Another policy is in force. */
  readonly ruled: () => void;
  /** Keys were taken back, and with them what hung on them. */
  readonly revoked: () => void;
}

const HOUR_MS = 3_600_000;

/** Puts in force what changes whom this gateway believes: on disk in one commit first, and then for everybody who asks. */
export class TrustChanges implements Part {
  readonly name = "trust-changes";
  readonly #parts: Parts;
  #hourly: Cancellable | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Those of the database are in force since the start; they may have expired while nobody looked. */
  start(): void {
    const { timers, clock } = this.#parts;
    this.#hourly = timers.every(HOUR_MS, () => this.#lookAtPolicy());
    clock.onChange(() => this.#lookAtPolicy());
    this.#lookAtPolicy();
  }

  stop(): void {
    this.#hourly?.cancel();
  }

  root(root: Root, payloadHash: string, { payload: envelope }: InboundMessage): void {
    const { orders, trust, rooted } = this.#parts;
    const { issuer, rootVersion } = root;
    orders.transaction(() => {
      orders.trust.put({
        ...{ type: "root", issuer, scope: String(rootVersion), sequence: rootVersion },
        ...{ payloadHash, envelope },
      });
      this.#record(root, payloadHash);
    });
    trust.follow({ root, payloadHash });
    this.#tell(root, rootVersion, "a new root is in force");
    rooted();
  }

  policy(policy: PolicyDocument, payloadHash: string, { payload: envelope }: InboundMessage): void {
    const { orders, trust, ruled } = this.#parts;
    const { issuer, sequence } = policy;
    orders.transaction(() => {
      orders.trust.put({ type: "policy", issuer, scope: "", sequence, payloadHash, envelope });
      this.#record(policy, payloadHash);
    });
    trust.rule(policy);
    this.#tell(policy, sequence, "a new policy is in force");
    this.#lookAtPolicy();
    ruled();
  }

  /** What hung on these keys goes in the same commit, and off the air at once. */
  revoked(revoked: Revoked, payloadHash: string, { payload: envelope }: InboundMessage): void {
    const { orders, trust, recall, revoked: changed } = this.#parts;
    const { type, issuer, area, sequence } = revoked;
    const revocations = { ...trust.revocations, revoked: [revoked] };
    recall.takeBack(revocations, () => {
      orders.trust.put({ type, issuer, scope: area, sequence, payloadHash, envelope });
      this.#record(revoked, payloadHash);
    });
    trust.revoke(revoked);
    this.#tell(revoked, sequence, `keys revoked: ${revoked.keys.length}`);
    changed();
  }

  /** Old rules are better than none, but somebody should sign them again. */
  #lookAtPolicy(): void {
    const { trust, alarms, clock } = this.#parts;
    const reading = clock.read();
    const policy = trust.signedPolicy;
    if (policy === undefined || !isTrusted(reading)) return;
    if (reading.nowMs < afterSecond(policy.expiresAt)) alarms.clear("policy");
    else alarms.raise("policy", `policy ${policy.sequence} expired at ${policy.expiresAt} and stays in use`);
  }

  #record({ type, issuer, id }: DownMessage, payloadHash: string): void {
    this.#parts.recorder.record({ kind: "config", issuer, itemId: id, code: type, payloadHash });
  }

  #tell({ type, issuer }: DownMessage, sequence: number, sentence: string): void {
    this.#parts.log.write("info", "trust.accepted", { type, issuer, sequence }, sentence);
  }
}
