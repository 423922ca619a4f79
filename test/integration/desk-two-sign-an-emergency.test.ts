import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { project, loa as run } from "./support/cli.ts";
import { until } from "./support/link.ts";
import { GATEWAY, station } from "./support/station.ts";

const OFFICE = "pctt.tinh-a";
const [LAN, MINH] = ["Nguyễn Thị Lan", "Trần Văn Minh"] as const;
const SIREN = path.join(project, "test/fixtures/khan-cap.mp3");

test("two people say a province's emergency in three commands, one holds it, and two take it back", async () => {
  const commune = await station();
  const agent = await commune.startSubscribed();
  const { folder } = commune.bench;
  const secrets = mkdtempSync(path.join(tmpdir(), "loa-secrets-"));
  onTestFinished(() => rmSync(secrets, { recursive: true }));
  const passphraseOf = (holder: string): string => {
    const file = path.join(secrets, holder);
    writeFileSync(file, `chỉ ${holder} mới biết`, { mode: 0o600 });
    return file;
  };
  const loa = async (...words: readonly string[]) => {
    const ran = await run("desk", ...words, "--desk", folder, "--json");
    return { code: ran.code, said: JSON.parse(ran.stdout) };
  };
  const as = (holder: string) => ["--holder", holder, "--passphrase-file", passphraseOf(holder)];
  const rights = ["--level", "province", "--areas", "tinh-a", "--class-max", "emergency", "--severity-max", "1"];
  for (const holder of [LAN, MINH]) {
    const made = ["issuer", OFFICE, "--holder", holder, ...rights, "--new-passphrase-file", passphraseOf(holder)];
    expect(await loa(...made)).toMatchObject({ code: 0 });
  }
  const order = ["broadcast", "--issuer", OFFICE, "--to", "tinh-a", "--title", "Lũ về", "--audio", SIREN];
  // Long enough on air for a hold by hand, also where nine commands before it are slow.
  const emergency = [...order, "--class", "emergency", "--severity", "1", "--repeat", "20"];

  // Somebody has to say who he is, and know her passphrase.
  expect(await loa(...emergency)).toMatchObject({
    code: 8,
    said: { error: { message: expect.stringContaining(LAN) } },
  });
  const stolen = [...emergency, "--holder", LAN, "--passphrase-file", passphraseOf(MINH)];
  expect(await loa(...stolen)).toMatchObject({
    code: 8,
    said: { error: { message: expect.stringContaining("passphrase") } },
  });

  const out = path.join(secrets, "out.json");
  const drafted = await loa(...emergency, ...as(LAN), "--draft", out);
  expect(drafted).toMatchObject({ code: 0, said: { isShort: true, signedBy: [LAN], sent: false } });
  const { id } = drafted.said;
  expect(await loa("publish", out)).toMatchObject({ code: 10, said: { error: { code: "cosignature-missing" } } });
  expect(await loa("cosign", out, ...as(LAN))).toMatchObject({ code: 8 });
  const signed = await loa("cosign", out, ...as(MINH), "--no-send");
  expect(signed).toMatchObject({ code: 0, said: { isShort: false, signedBy: [LAN, MINH], sent: false } });
  expect(await loa("publish", out)).toMatchObject({ code: 0, said: { id, sent: true } });
  await agent.until("play.started", (line) => line["id"] === id);

  const held = await loa("hold", id, ...as(MINH));
  expect(held).toMatchObject({ code: 0, said: { op: "hold", item: id, gateways: [GATEWAY] } });
  await agent.until("play.ended", (line) => line["id"] === id && line["code"] === "halted");

  // The one who cancels gets told whom to ask; the other one's signature sends it.
  const alone = await loa("cancel", id, ...as(LAN));
  expect(alone).toMatchObject({ code: 10, said: { error: { hint: expect.stringContaining("loa desk cosign ") } } });
  const [, cancelId = ""] = /cosign ([0-9A-Z]{26})/.exec(alone.said.error.hint) ?? [];
  expect(await loa("cosign", cancelId, ...as(MINH))).toMatchObject({ code: 0, said: { id: cancelId, sent: true } });
  await until(() => commune.archived().some((line) => line.kind === "cancelled" && line.itemId === id), "the cancel");

  const { entries, intact } = (await loa("audit")).said;
  expect(intact).toBe(true);
  const acts = entries.map((entry: { act: string; holders: string[] }) => [entry.act, ...entry.holders].join(" "));
  expect(acts.slice(-8)).toEqual([
    `draft ${LAN}`,
    `cosign ${MINH}`,
    `draft ${LAN} ${MINH}`,
    `broadcast ${LAN} ${MINH}`,
    `hold ${MINH}`,
    `draft ${LAN}`,
    `cosign ${MINH}`,
    `cancel ${LAN} ${MINH}`,
  ]);
  const audit = readFileSync(path.join(folder, "audit.jsonl"), "utf8");
  for (const secret of [LAN, MINH]) expect(audit).not.toContain(`chỉ ${secret} mới biết`);
});
