import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";

const script = path.resolve(import.meta.dirname, "../../scripts/no-secrets.ts");

function look(files: Readonly<Record<string, string>>, tracked: boolean): { code: number | null; words: string } {
  const folder = mkdtempSync(path.join(tmpdir(), "loa-secrets-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  if (tracked) {
    execFileSync("git", ["init", "-q"], { cwd: folder });
    execFileSync("git", ["add", "-A"], { cwd: folder });
  }
  const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: "utf8" });
  return { code: status, words: stderr };
}

const chance = (bytes: number): string => randomBytes(bytes).toString("base64url");
const pem = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();

// Put together here, or this very file would be refused.
test.each([
  ["a private key", "etc/tls/server.txt", `# the broker's\n${pem}`, 2],
  ["a private key", "src/key.ts", `const KEY = ${JSON.stringify(pem)};\n`, 1],
  ["a password or passphrase", "src/default.ts", `const options = { pass${"word"}: "${chance(9)}" };\n`, 1],
  ["a password in an address", "compose.yml", `url: mqtts://loa:${chance(9)}@broker.example.org\n`, 1],
  ["a token", "ci.yml", `a:\n  b: ghp_${"a1B2".repeat(9)}\n`, 2],
  ["a registry's token", ".npmrc", `//registry.example.org/:_auth${"Token"}=${chance(12)}\n`, 1],
  ["a voucher", "notes.md", `loa1:7k3m9q2w5x8y:S1:localhost:8443:${chance(32)}:${chance(16)}\n`, 1],
])("%s in %s is found and not shown", (what, file, text, line) => {
  const files = { "README.md": "nothing here\n", [file]: text };
  for (const tracked of [true, false]) {
    const { code, words } = look(files, tracked);
    expect(code).toBe(1);
    expect(words).toContain(`${file}:${line}: ${what}`);
    expect(words.split("\n").filter((row) => row !== "")).toHaveLength(2);
    expect(words).not.toContain(text.trim().split("\n").at(-1));
  }
});

test("words about secrets are none", () => {
  const words = 'the passphrase: type it; "PRIVATE KEY" in a test; --passphrase-file FILE; password: ""\n';
  expect(look({ "README.md": words }, true)).toEqual({ code: 0, words: "" });
});

test("this repository holds none", () => {
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
});
