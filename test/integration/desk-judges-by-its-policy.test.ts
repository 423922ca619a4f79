import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { loa } from "./support/cli.ts";
import { BULLETIN, COMMUNE, deskBench, enrolScripted, ISSUER } from "./support/desk.ts";
import { emptyFolder } from "./support/enrolment.ts";

test("what a signed policy forbids is refused before anybody hears of it, and what it allows goes", async () => {
  const { folder, broker, desk } = await deskBench();
  await broker.start();
  await enrolScripted(desk);
  const command = async (...words: readonly string[]) => {
    const { code, stdout } = await loa("desk", ...words, "--desk", folder, "--json");
    return { code, said: stdout === "" ? undefined : JSON.parse(stdout.split("\n").filter(Boolean).at(-1) ?? "") };
  };
  const done = async (...words: readonly string[]) => {
    const ran = await command(...words);
    expect(ran, words.join(" ")).toMatchObject({ code: 0 });
    return ran.said;
  };
  await done("issuer", ISSUER, "--areas", "tinh-a", "--class-max", "emergency", "--severity-max", "1");
  const speak = ["broadcast", "--issuer", ISSUER, "--title", "Lũ về", "--audio", BULLETIN, "--to"];
  const emergency = ["--class", "emergency", "--severity", "2", "--dry-run"];
  expect(await done(...speak, COMMUNE, ...emergency)).toMatchObject({ isShort: false, audience: [{ zones: ["z1"] }] });
  const hamlet = ["issuer", "thon.ba", "--areas", COMMUNE, "--level", "hamlet"];
  expect(await command(...hamlet)).toMatchObject({ code: 2 });

  const policy = path.join(emptyFolder(), "policy.json");
  const levels = [
    { code: "nation", rank: 0 },
    { code: "province", rank: 1 },
    { code: "commune", rank: 2 },
    { code: "hamlet", rank: 3 },
  ];
  const quorum = { holders: 3, signedWithinSeconds: 120 };
  writeFileSync(policy, JSON.stringify({ levels, quorum, holdSeconds: 300, repeats: { routine: 1 } }));
  await done("policy", policy);

  // A gateway's ceiling, as `repeat 2` of a routine broadcast meets it.
  expect(await command(...speak, COMMUNE, "--repeat", "2", "--dry-run")).toMatchObject({
    ...{ code: 8, said: { error: { message: expect.stringContaining("(limit)") } } },
  });
  const text = await loa("desk", ...speak, "tinh-a", ...emergency, "--desk", folder);
  expect(text.stdout).toContain("IT TAKES 3 HOLDERS");
  await done(...hamlet);

  await done("issuer", ISSUER, "--holder", "Lan", "--areas", COMMUNE);
  const { id } = await done(...speak, COMMUNE, "--holder", ISSUER);
  const held = await done("hold", id, "--holder", ISSUER);
  expect(held.expiresAt - Math.floor(Date.now() / 1000)).toBeLessThanOrEqual(300);
});
