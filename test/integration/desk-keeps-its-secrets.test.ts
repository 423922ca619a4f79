import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readKeyFile, unlockKey } from "../../src/desk/key-file.ts";
import { PASSPHRASE } from "../fakes/passphrases.ts";
import { endWithTest, freePort, TestBroker } from "./support/broker.ts";
import { type Ended, loa, startLoa } from "./support/cli.ts";
import { BULLETIN, COMMUNE, ISSUER } from "./support/desk.ts";
import { emptyFolder, SERIAL } from "./support/enrolment.ts";
import { until } from "./support/link.ts";
import { searchForSecrets } from "./support/secrets.ts";

/** The private halves themselves, opened, in every way that a program writes bytes down. */
async function privateKeysOf(folder: string): Promise<readonly string[]> {
  const service = readFileSync(path.join(folder, "serve.passphrase"), "utf8").trim();
  const forms: string[] = [];
  for (const file of globSync("**/*.key", { cwd: folder })) {
    const { key } = readKeyFile(path.join(folder, file));
    const opened = (await unlockKey(key, PASSPHRASE)) ?? (await unlockKey(key, service));
    if (opened === undefined) throw new Error(`${file} does not open`);
    // PKCS 8 of Ed25519 ends in the 32 secret bytes (RFC 8410).
    const seed = opened.export({ type: "pkcs8", format: "der" }).subarray(-32);
    const encodings = (["hex", "base64", "base64url"] as const).map((encoding) => seed.toString(encoding));
    forms.push(...encodings.map((text) => text.replace(/=+$/, "")));
  }
  return forms;
}

test("an office's commands, good and failing, say no private key, passphrase or voucher; nor does the audit file or a draft", async () => {
  const parent = emptyFolder();
  const folder = path.join(parent, "desk");
  const file = (name: string, text: string) => {
    const target = path.join(parent, name);
    writeFileSync(target, text, { mode: 0o600 });
    return target;
  };
  process.env["LOA_PASSPHRASE_FILE"] = file("passphrase", PASSPHRASE);
  const wrong = file("wrong", "không phải thế này đâu");
  const port = await freePort();
  const url = `mqtts://127.0.0.1:${port}`;
  let words = "";
  const hear = ({ stdout, stderr }: Ended) => {
    words += stdout + stderr;
  };
  const failing = async (...command: readonly string[]) => {
    const ended = await loa("desk", ...command, "--desk", folder);
    expect(ended.code, ended.stdout).not.toBe(0);
    hear(ended);
  };
  const done = async (...command: readonly string[]) => {
    const ended = await loa("desk", ...command, "--desk", folder, "--json");
    expect(ended, command.join(" ")).toMatchObject({ code: 0 });
    hear(ended);
    return JSON.parse(ended.stdout.split("\n").filter(Boolean).at(-1) ?? "{}");
  };

  await done("root", "--broker", url, "--territory", "tinh-a", "--holders", "An,Bình", "--threshold", "1");
  const broker = new TestBroker(port, path.join(folder, "broker"), url);
  endWithTest(broker);
  await broker.start();
  const serving = startLoa("desk", "serve", "--desk", folder, "--json");
  const listening = startLoa("desk", "listen", "--desk", folder);
  const urgent = ["--areas", "tinh-a", "--class-max", "emergency", "--severity-max", "1"];
  for (const holder of ["Lan", "Minh"]) await done("issuer", ISSUER, "--holder", holder, ...urgent);
  await failing("issuer", "ubnd.khac", ...urgent, "--passphrase-file", wrong);
  await done("authority", "ubnd.tinh-a", "--areas", "tinh-a", "--severity-max", "1");
  const { gateway } = await done("gateway", "--commune", COMMUNE, "--zones", "z1");

  const at = ["--commune", COMMUNE, "--zones", "z1", "--serial", SERIAL, "--at", `127.0.0.1:${await freePort()}`];
  const { voucher } = await done("voucher", ...at);
  const shown = words.split(voucher).length - 1;
  await failing("voucher", ...at, "--passphrase-file", wrong);
  await failing("enrol", file("request.json", "no request"), "--commune", COMMUNE, "--zones", "z1");

  const speak = ["broadcast", "--issuer", ISSUER, "--title", "Bản tin", "--audio", BULLETIN, "--to"];
  const { id } = await done(...speak, COMMUNE, "--holder", "Lan");
  await failing(...speak, COMMUNE, "--holder", "Lan", "--passphrase-file", wrong);
  const { id: second } = await done("update", id, "--title", "Bản tin sửa", "--holder", "Lan");
  await done("hold", second, "--holder", "Lan");
  for (const op of ["halt", "resume"]) await done(op, "--issuer", ISSUER, "--holder", "Lan", "--to", COMMUNE);
  await done("cancel", second, "--holder", "Minh");
  const draft = path.join(parent, "draft.json");
  const extreme = ["--class", "emergency", "--severity", "1"];
  await done(...speak, "tinh-a", ...extreme, "--holder", "Lan", "--draft", draft);
  await failing("cosign", draft, "--holder", "Minh", "--passphrase-file", wrong);
  await done("cosign", draft, "--holder", "Minh", "--no-send");
  await done("publish", draft);

  await done("place", gateway, "--gain", "z1=-6");
  const policy = file("policy.json", (await loa("desk", "policy", "--desk", folder)).stdout);
  await done("policy", policy);
  await done("rotate", "--add", "Hoa", "--remove", "An");
  await done("revoke", ISSUER, "--holder", "Minh", "--reason", "retired");
  for (const look of ["gateways", "audit"]) await done(look);
  for (const look of ["coverage", "evidence"]) await done(look, look === "coverage" ? id : gateway);
  await until(() => serving.said().includes("keys-changed"), "serve to follow");

  const audit = readFileSync(path.join(folder, "audit.jsonl"), "utf8");
  const everything = [words, serving.said(), listening.said(), audit, readFileSync(draft, "utf8")].join("\n");
  expect(everything.length).toBeGreaterThan(20_000);
  const keys = await privateKeysOf(folder);
  // Two root keys and the one that followed, and of each issuer one a holder, most of them with the service's.
  expect(keys.length / 3).toBeGreaterThanOrEqual(9);
  expect(keys.filter((key) => everything.includes(key))).toEqual([]);
  expect(everything).not.toContain("không phải thế này đâu");
  expect(everything.split(voucher.split(":").at(-1)).length - 1).toBe(shown);
});

test("what is looked for is found", async () => {
  const folder = path.join(emptyFolder(), "desk");
  const passphrase = path.join(emptyFolder(), "passphrase");
  writeFileSync(passphrase, PASSPHRASE, { mode: 0o600 });
  const root = ["root", "--broker", "mqtts://127.0.0.1:8883", "--passphrase-file", passphrase];
  expect(await loa("desk", ...root, "--desk", folder)).toMatchObject({ code: 0 });
  const read = (file: string) => readFileSync(path.join(folder, file), "utf8");
  const [locked = ""] = globSync("root/keys/*.key", { cwd: folder });
  const secrets = [
    ...[PASSPHRASE, read("serve.passphrase").trim(), read("tls/ca-key.pem"), read("tls/desk-key.pem").split("\n")[1]],
    JSON.parse(read(locked)).key.secret,
  ];
  for (const secret of secrets) {
    expect(() => searchForSecrets(["desk", "audit", "--desk", folder], `so: ${secret}.`)).toThrow("a secret");
  }
  const voucher = `loa1:7k3m9q2w5x8y:S1:localhost:8443:${"p".repeat(43)}:${"s".repeat(22)}`;
  searchForSecrets(["desk", "voucher", "--desk", folder], voucher);
  expect(() => searchForSecrets(["desk", "audit", "--desk", folder], voucher)).toThrow("a secret");
  writeFileSync(path.join(folder, "audit.jsonl"), `${PASSPHRASE}\n`);
  expect(() => searchForSecrets(["desk", "audit", "--desk", folder], "")).toThrow("audit file");
});
