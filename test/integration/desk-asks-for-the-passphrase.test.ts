import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loa, node, project } from "./support/cli.ts";
import { until } from "./support/link.ts";

const PASSPHRASE = "đèn dầu sông Hồng";
const CLI = join(project, "src/cli.ts");

function folder(): string {
  delete process.env["LOA_PASSPHRASE_FILE"];
  const path = mkdtempSync(join(tmpdir(), "loa-ask-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A command at a terminal of its own; what it shows, and what is typed. */
function terminal(...words: readonly string[]) {
  const line = [node, CLI, "desk", ...words].map((part) => `'${part}'`).join(" ");
  const child = spawn("script", ["-qec", `exec ${line}`, "/dev/null"], { stdio: ["pipe", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let shown = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  const ended = once(child, "close").then(([code]) => code as number | null);
  const questions = () => shown.split(/: $|: \r?\n/).length - 1;
  const answer = async (nth: number, text: string) => {
    await until(() => questions() >= nth, `question ${nth} in ${shown}`);
    child.stdin.write(text);
  };
  return { ended, shown: () => shown, answer };
}

test("a person at a terminal types passphrases, twice for a new key, and nothing of them is shown", async () => {
  const desk = join(folder(), "desk");
  const root = ["root", "--desk", desk, "--broker", "mqtts://127.0.0.1:8883", "--holders", "Lê Văn An"];
  const making = terminal(...root);
  for (const nth of [1, 2, 3, 4]) await making.answer(nth, `${PASSPHRASE}\r`);
  expect(await making.ended, making.shown()).toBe(0);
  expect(making.shown()).toContain("New passphrase for Lê Văn An (root): ");
  expect(making.shown()).not.toContain("sông Hồng");
  expect(existsSync(desk)).toBe(true);

  const issuer = ["issuer", "ubnd.hoa-binh", "--desk", desk, "--areas", "xa-hoa-binh", "--holder", "Lan"];
  const mistaken = terminal(...issuer);
  for (const nth of [1, 2, 3]) await mistaken.answer(nth, "không phải thế này\r");
  expect(await mistaken.ended, mistaken.shown()).toBe(8);
  expect(mistaken.shown()).toContain("That does not open it.");

  const typing = terminal(...issuer);
  await typing.answer(1, `sai${"\u007f".repeat(3)}${PASSPHRASE}\r`);
  await typing.answer(2, `${PASSPHRASE}\r`);
  await typing.answer(3, "something else, surely\r");
  expect(await typing.ended).toBe(8);
  expect(typing.shown()).toContain("differ");
});

test("without a terminal and without a file it says so, and makes nothing", async () => {
  const desk = join(folder(), "desk");
  const ran = await loa("desk", "root", "--desk", desk, "--broker", "mqtts://127.0.0.1:8883");
  expect(ran).toMatchObject({ code: 8, stderr: expect.stringContaining("--passphrase-file") });
  expect(existsSync(desk)).toBe(false);
});
