import { createHash, generateKeyPairSync, verify } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { loadSigner } from "../../src/adapters/signer.ts";

function keyFile(text: string, mode = 0o600): string {
  const folder = mkdtempSync(path.join(tmpdir(), "loa-key-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "gateway-key.pem");
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

function pemOf(key: { export(options: { type: "pkcs8"; format: "pem" }): string | Buffer }): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

describe("a key from a file", () => {
  test("signs what its public half verifies, under the id of that half", () => {
    const { publicKey, privateKey } = generateKeyPairSync("ed25519");
    const signer = loadSigner(keyFile(pemOf(privateKey)));
    const input = Buffer.from("loa1.state");
    expect(verify(null, input, publicKey, signer.sign(input))).toBe(true);

    const raw = publicKey.export({ type: "spki", format: "der" }).subarray(-32);
    expect(signer.kid).toBe(createHash("sha256").update(raw).digest().subarray(0, 16).toString("base64url"));
  });

  test("does not show itself", () => {
    const pem = pemOf(generateKeyPairSync("ed25519").privateKey);
    expect(JSON.stringify(loadSigner(keyFile(pem)))).not.toContain(pem.split("\n")[1]);
  });

  const good = pemOf(generateKeyPairSync("ed25519").privateKey);
  test.each([
    ["that its group can read", () => keyFile(good, 0o640), "mode 0640"],
    ["that everybody can read", () => keyFile(good, 0o604), "mode 0604"],
    ["that is not there", () => path.join(tmpdir(), "no-such-key.pem"), "ENOENT"],
    ["that is a folder", () => mkdtempSync(path.join(tmpdir(), "loa-key-")), "EISDIR"],
    ["that is empty", () => keyFile(""), "PEM"],
    ["of another kind", () => keyFile(pemOf(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey)), "type ec"],
  ])("%s is refused", (_what, make, said) => {
    const load = (): unknown => loadSigner(make());
    expect(load).toThrow(
      expect.objectContaining({ code: "enrolment-invalid", message: expect.stringContaining(said) }),
    );
  });
});
