import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { FileSigner } from "../adapters/signer.ts";
import type { Signer } from "../domain/ports.ts";
import { deskFailure } from "./failure.ts";
import { type LockedKey, lockKey, USUAL_COST, unlockKey } from "./key-file.ts";

/** Whose key it is: what a person must be told who is asked for a passphrase. */
export type KeyOwner = Pick<LockedKey, "issuer" | "holder">;

/** Where passphrases come from: a person at a terminal, a file, a test. */
export interface Passphrases {
  /** What may open the key, one after another, until it opens or there is nothing more to try. */
  forOpening(owner: KeyOwner): AsyncIterable<string>;
  /** Long enough, and given twice where it is typed. */
  forNewKey(owner: KeyOwner): Promise<string>;
}

export interface MadeKey {
  readonly locked: LockedKey;
  readonly signer: Signer;
}

/** Makes private keys and opens them. None leaves it, only signers do, and each is opened at most once. */
export class Keyring {
  readonly #passphrases: Passphrases;
  readonly #cost: number;
  readonly #open = new Map<string, Signer>();

  /** @param cost of every guess at the passphrase of a new key (key-file.ts) */
  constructor(passphrases: Passphrases, cost: number = USUAL_COST) {
    this.#passphrases = passphrases;
    this.#cost = cost;
  }

  async make(owner: KeyOwner): Promise<MadeKey> {
    const passphrase = await this.#passphrases.forNewKey(owner);
    const { privateKey } = generateKeyPairSync("ed25519");
    const locked = await lockKey(privateKey, owner, passphrase, this.#cost);
    return { locked, signer: this.#remember(locked, privateKey) };
  }

  /** @throws AgentFailure `desk-invalid` when no passphrase opens it */
  async open(locked: LockedKey): Promise<Signer> {
    const known = this.#open.get(locked.secret);
    if (known !== undefined) return known;
    for await (const passphrase of this.#passphrases.forOpening(locked)) {
      const key = await unlockKey(locked, passphrase);
      if (key !== undefined) return this.#remember(locked, key);
    }
    throw deskFailure("desk.passphrase.wrong", { holder: locked.holder, issuer: locked.issuer });
  }

  #remember({ secret }: LockedKey, key: KeyObject): Signer {
    const signer = new FileSigner(key);
    this.#open.set(secret, signer);
    return signer;
  }
}
