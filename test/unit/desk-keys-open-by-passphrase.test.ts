import { generateKeyPairSync, sign, verify } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import {
  keyFilesIn,
  type LockedKey,
  lockKey,
  readKeyFile,
  USUAL_COST,
  unlockKey,
  writeKeyFile,
} from "../../src/desk/key-file.ts";
import { Keyring, type Passphrases } from "../../src/desk/keyring.ts";
import { readPassphrase } from "../../src/desk/passphrase-file.ts";
import { isAgentFailure } from "../../src/domain/failure.ts";
import { always, PASSPHRASE, TEST_KEY_COST } from "../fakes/passphrases.ts";

const owner = { issuer: "ubnd.hoa-binh", holder: "Nguyễn Thị Lan" };
const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const locked = await lockKey(privateKey, owner, PASSPHRASE, TEST_KEY_COST);

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "loa-keys-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

test("what was locked opens with its passphrase, and signs as before", async () => {
  const opened = await unlockKey(locked, PASSPHRASE);
  if (opened === undefined) throw new Error("it did not open");
  const words = Buffer.from("nghe rõ trả lời");
  expect(verify(null, words, publicKey, sign(null, words, opened))).toBe(true);
});

test("one Unicode form is as good as another", async () => {
  expect(PASSPHRASE.normalize("NFD")).not.toBe(PASSPHRASE);
  expect(await unlockKey(locked, PASSPHRASE.normalize("NFD"))).toBeDefined();
});

test.each<[string, (key: LockedKey) => LockedKey]>([
  ["another holder", (key) => ({ ...key, holder: "Trần Văn Minh" })],
  ["another issuer", (key) => ({ ...key, issuer: "root" })],
  ["another public key", (key) => ({ ...key, publicKey: "A".repeat(43) })],
  ["another cost", (key) => ({ ...key, derivation: { ...key.derivation, cost: 2 * TEST_KEY_COST } })],
  [
    "a changed secret",
    (key) => ({ ...key, secret: `${key.secret.startsWith("A") ? "B" : "A"}${key.secret.slice(1)}` }),
  ],
  ["a secret cut short", (key) => ({ ...key, secret: key.secret.slice(0, 40) })],
])("a file with %s does not open", async (_what, change) => {
  expect(await unlockKey(change(locked), PASSPHRASE)).toBeUndefined();
});

test("nothing of the key or its passphrase stands in the file, and only its owner can read it", () => {
  const path = join(folder(), "lan.key");
  writeKeyFile(path, { key: locked, chain: [] });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  const text = readFileSync(path, "utf8");
  const seed = privateKey.export({ format: "jwk" }).d ?? "";
  for (const secret of [PASSPHRASE, seed, Buffer.from(seed, "base64url").toString("hex")]) {
    expect(text).not.toContain(secret);
  }
  expect(text).not.toContain("PRIVATE KEY");
  expect(readKeyFile(path)).toEqual({ key: locked, chain: [] });
});

test("no key is made that is cheap to guess, and no file makes us take all memory", async () => {
  expect(USUAL_COST).toBe(131_072);
  await expect(lockKey(privateKey, owner, PASSPHRASE, TEST_KEY_COST / 2)).rejects.toThrow(TypeError);
  for (const cost of [2 ** 21, TEST_KEY_COST / 2, 100_000]) {
    const path = join(folder(), "odd.key");
    writeFileSync(path, JSON.stringify({ key: { ...locked, derivation: { ...locked.derivation, cost } }, chain: [] }));
    expect(refusal(() => readKeyFile(path))).toBe("desk-invalid");
  }
});

test("a holder's stick that is not plugged in is a key that is not here", () => {
  expect(keyFilesIn(join(folder(), "nobody"))).toEqual(new Map());
});

test("a key is asked for once, tried with all that is offered, and refused when nothing opens it", async () => {
  let asked = 0;
  const offering = (...offered: readonly string[]): Passphrases => ({
    async *forOpening() {
      asked += 1;
      yield* offered;
    },
    forNewKey: async () => PASSPHRASE,
  });
  const keyring = new Keyring(offering("not this one at all", PASSPHRASE), TEST_KEY_COST);
  const signer = await keyring.open(locked);
  expect(await keyring.open(locked)).toBe(signer);
  expect(asked).toBe(1);
  expect(JSON.stringify(keyring)).toBe("{}");
  await expect(new Keyring(offering("wrong"), TEST_KEY_COST).open(locked)).rejects.toMatchObject({
    code: "desk-invalid",
    message: expect.stringContaining("Nguyễn Thị Lan"),
  });
  const made = await new Keyring(always(), TEST_KEY_COST).make(owner);
  expect((await new Keyring(always(), TEST_KEY_COST).open(made.locked)).kid).toBe(made.signer.kid);
});

test.each([
  ["one line", "bốn từ để thử nghiệm\n", 0o600, PASSPHRASE],
  ["systemd's mode", PASSPHRASE, 0o400, PASSPHRASE],
  ["two lines", `${PASSPHRASE}\n${PASSPHRASE}`, 0o600, undefined],
  ["nothing", "", 0o600, undefined],
  ["others' eyes", PASSPHRASE, 0o640, undefined],
])("a passphrase file with %s", (_what, text, mode, expected) => {
  const path = join(folder(), "passphrase");
  writeFileSync(path, text, { mode });
  let read: string | undefined;
  const code = refusal(() => {
    read = readPassphrase(path);
  });
  expect(read).toBe(expected);
  expect(code).toBe(expected === undefined ? "desk-invalid" : undefined);
});

function refusal(act: () => unknown): string | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return isAgentFailure(error) ? error.code : String(error);
  }
}
