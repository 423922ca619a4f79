import type { Passphrases } from "../../src/desk/keyring.ts";

export const PASSPHRASE = "bốn từ để thử nghiệm";

/** The cheapest that a new key may be: a test opens dozens. */
export const TEST_KEY_COST = 2 ** 14;

/** Somebody who always gives the same one. */
export function always(passphrase: string = PASSPHRASE): Passphrases {
  return {
    async *forOpening() {
      yield passphrase;
    },
    forNewKey: async () => passphrase,
  };
}
