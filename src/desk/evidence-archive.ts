import type { GatewayId } from "../domain/broadcast.ts";
import type { SqlDatabase, Statement } from "../store/sqlite.ts";
import type { ChainedLine, HeldChain } from "./evidence-ingest.ts";

/** The records gateways handed over, word for word, with the chain's value after each. Nothing is ever changed in it. */
export class EvidenceArchive {
  readonly #head: Statement<[string, string], { head: number }>;
  readonly #hash: Statement<[string, string, number], { hash: Uint8Array }>;
  readonly #add: Statement<[string, string, number, Uint8Array, string], never>;
  readonly #count: Statement<[string], { records: number }>;
  readonly #lines: Statement<[string], { epoch: string; line: string }>;
  readonly #ofItem: Statement<[string, string], { line: string }>;

  constructor(database: SqlDatabase) {
    this.#head = database.prepare("SELECT coalesce(max(q), 0) AS head FROM evidence WHERE gateway = ? AND epoch = ?");
    this.#hash = database.prepare("SELECT hash FROM evidence WHERE gateway = ? AND epoch = ? AND q = ?");
    this.#add = database.prepare("INSERT INTO evidence (gateway, epoch, q, hash, line) VALUES (?, ?, ?, ?, ?)");
    this.#count = database.prepare("SELECT count(*) AS records FROM evidence WHERE gateway = ?");
    this.#lines = database.prepare("SELECT epoch, line FROM evidence WHERE gateway = ? ORDER BY epoch, q");
    this.#ofItem = database.prepare(
      "SELECT line FROM evidence WHERE gateway = ? AND line ->> '$.itemId' = ? ORDER BY epoch, q",
    );
  }

  chain(gateway: GatewayId, epoch: string): HeldChain {
    return {
      head: this.#head.get(gateway, epoch)?.head ?? 0,
      hashAt: (q) => this.#hash.get(gateway, epoch, q)?.hash,
    };
  }

  append(gateway: GatewayId, epoch: string, lines: readonly ChainedLine[]): void {
    for (const { q, hash, line } of lines) this.#add.run(gateway, epoch, q, hash, line);
  }

  /** Records of all its epochs. */
  count(gateway: GatewayId): number {
    return this.#count.get(gateway)?.records ?? 0;
  }

  lines(gateway: GatewayId): { epoch: string; line: string }[] {
    return this.#lines.all(gateway);
  }

  /** Its records about items with this id, of whichever issuer. */
  linesOfItem(gateway: GatewayId, itemId: string): string[] {
    return this.#ofItem.all(gateway, itemId).map(({ line }) => line);
  }
}
