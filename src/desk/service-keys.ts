import { existsSync, statSync } from "node:fs";
import { type Authority, chooseAuthority, open, type StoredAuthority } from "./authority.ts";
import type { Desk } from "./desk.ts";
import { type DeskFolder, issuersOf } from "./folder.ts";
import { Herald, heraldsOf } from "./herald.ts";
import { keyPathsIn, readKeyFile } from "./key-file.ts";
import { OPERATIONS } from "./names.ts";
import { readRoot } from "./root.ts";

/** What `desk serve` signs with. */
export interface SigningKeys {
  /** Acknowledges evidence, and tells gateways the time if it may. */
  readonly service: Authority;
  /** Say what their issuers have in force. */
  readonly heralds: readonly Herald[];
  /**
   * Takes up what was changed since. Whether anything was.
   * @throws AgentFailure `desk-invalid`: nothing was taken up, the former keys go on
   */
  follow(): Promise<boolean>;
}

/** Of a desk whose other commands make keys, renew their chains and take them away while `desk serve` runs. */
export class ServiceKeys implements SigningKeys {
  readonly #desk: Pick<Desk, "folder" | "keys" | "database">;
  #stored: StoredAuthority;
  #service: Authority;
  #stamp = "";
  /** By the chain: with a new one everything is said anew. */
  #heralds: ReadonlyMap<string, Herald> = new Map();

  private constructor(desk: Pick<Desk, "folder" | "keys" | "database">, stored: StoredAuthority, service: Authority) {
    this.#desk = desk;
    this.#stored = stored;
    this.#service = service;
  }

  /** @throws AgentFailure `desk-invalid` when they are not here or don't open */
  static async open(desk: Pick<Desk, "folder" | "keys" | "database">): Promise<ServiceKeys> {
    const stored = chooseAuthority(desk.folder, OPERATIONS, "ingest");
    const keys = new ServiceKeys(desk, stored, await open(desk, stored));
    await keys.follow();
    return keys;
  }

  /** With the chain of this moment: what is acknowledged can't wait, and gateways of the next root know no other. */
  get service(): Authority {
    const { path } = this.#stored;
    return existsSync(path) ? { ...this.#service, chain: readKeyFile(path).chain } : this.#service;
  }

  get heralds(): readonly Herald[] {
    return [...this.#heralds.values()];
  }

  async follow(): Promise<boolean> {
    const { folder, database } = this.#desk;
    const stamp = stampOf(folder);
    if (stamp === this.#stamp) return false;
    // What can't be read is tried again when it has changed, not all the time.
    this.#stamp = stamp;
    const stored = chooseAuthority(folder, OPERATIONS, "ingest");
    const service = await open(this.#desk, stored);
    const heralds = new Map<string, Herald>();
    for (const authority of await heraldsOf(this.#desk)) {
      const chain = JSON.stringify(authority.chain);
      const rootVersion = () => readRoot(folder).root.rootVersion;
      heralds.set(chain, this.#heralds.get(chain) ?? new Herald(database, authority, rootVersion));
    }
    this.#stored = stored;
    this.#service = service;
    this.#heralds = heralds;
    return true;
  }
}

/** Another one whenever a key file is made, renewed or taken away: each is moved into its place, so its inode tells what the time does not. */
function stampOf(folder: DeskFolder): string {
  const paths = issuersOf(folder).flatMap((name) => keyPathsIn(folder.issuer(name)));
  return paths
    .map((path) => {
      const file = statSync(path, { throwIfNoEntry: false });
      return `${path} ${file?.ino} ${file?.mtimeMs}`;
    })
    .join("\n");
}
