import type { InboundMessage, Log } from "../domain/ports.ts";
import type { Root } from "../domain/trust.ts";
import type { OrdersStore } from "../store/orders.ts";
import type { Recorder } from "./recorder.ts";
import type { TrustState } from "./trust-state.ts";

interface Parts {
  readonly orders: OrdersStore;
  readonly trust: TrustState;
  readonly recorder: Recorder;
  readonly log: Log;
  /** Another root is in force: what was signed under it may have been refused before, or was never sent to us. */
  readonly rooted: () => void;
}

/** Puts in force what changes whom this gateway believes: on disk in one commit first, and then for everybody who asks. */
export class TrustChanges {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
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

  #record({ type, issuer, id }: Root, payloadHash: string): void {
    this.#parts.recorder.record({ kind: "config", issuer, itemId: id, code: type, payloadHash });
  }

  #tell({ type, issuer }: Root, sequence: number, sentence: string): void {
    this.#parts.log.write("info", "trust.accepted", { type, issuer, sequence }, sentence);
  }
}
