import type { Broadcast, BroadcastOrder } from "../domain/broadcast.ts";
import type { Sealed } from "../domain/trust.ts";
import type { SqlDatabase, Statement } from "../store/sqlite.ts";
import { openDown } from "../wire/envelope.ts";
import { deskFailure } from "./failure.ts";

/** `sending`: its sound is on the way. `sent`: at the broker, or kept for it by `desk serve`. `failed`: nobody is known to have it. */
export type SendingState = "sending" | "sent" | "failed";

export interface SentBroadcast {
  readonly issuer: string;
  readonly id: string;
  readonly title: string;
  readonly class: string;
  readonly state: SendingState;
  readonly envelope: Uint8Array;
}

/** Every broadcast this desk signed to be sent, as it was signed. */
export class Broadcasts {
  readonly #add: Statement<[string, string, string, string, number, number, Uint8Array], never>;
  readonly #replace: Statement<[Uint8Array, string], never>;
  readonly #mark: Statement<[string, string, string], never>;
  readonly #find: Statement<[string], SentBroadcast>;

  constructor(database: SqlDatabase) {
    this.#add = database.prepare(
      `INSERT INTO broadcasts (issuer, id, state, title, class, issued_at, expires_at, envelope)
       VALUES (?, ?, 'sending', ?, ?, ?, ?, ?)
       ON CONFLICT (issuer, id) DO UPDATE SET state = 'sending', envelope = excluded.envelope`,
    );
    this.#replace = database.prepare("UPDATE broadcasts SET envelope = ? WHERE id = ?");
    this.#mark = database.prepare("UPDATE broadcasts SET state = ? WHERE issuer = ? AND id = ?");
    this.#find = database.prepare("SELECT issuer, id, title, class, state, envelope FROM broadcasts WHERE id = ?");
  }

  /** Again with another signature: in place of how it was signed before. */
  add(order: Broadcast, envelope: Uint8Array): void {
    this.#add.run(order.issuer, order.id, order.title, order.class, order.issuedAt, order.expiresAt, envelope);
  }

  /** The same order under other signatures or another chain. */
  replaceEnvelope(id: string, envelope: Uint8Array): void {
    this.#replace.run(envelope, id);
  }

  mark(order: Broadcast, state: Exclude<SendingState, "sending">): void {
    this.#mark.run(state, order.issuer, order.id);
  }

  /** Ids are drawn here, so one is enough to find it by. */
  find(id: string): SentBroadcast | undefined {
    return this.#find.get(id);
  }
}

/** As it was signed. @throws AgentFailure `desk-invalid` when the database holds something else */
export function openSent({ issuer, id, envelope, class: named }: SentBroadcast): Sealed<BroadcastOrder> {
  const opened = openDown(envelope, { kind: "broadcast", area: "", emergency: named === "emergency", id });
  if (opened.kind === "opened" && opened.sealed.payload.type === "broadcast") {
    return { ...opened.sealed, payload: opened.sealed.payload };
  }
  throw deskFailure("desk.damaged", { path: `${issuer}/${id}`, reason: "" });
}
