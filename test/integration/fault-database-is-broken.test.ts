import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { openUp } from "../../src/wire/envelope.ts";
import { birthTopic } from "../../src/wire/topics.ts";
import { onlooker } from "./support/desk.ts";
import { splitAtLastPlay } from "./support/hearing.ts";
import { until } from "./support/link.ts";
import { GATEWAY, station } from "./support/station.ts";

test("a broken orders database is put aside and told, and the agent goes on in a new epoch", async () => {
  const commune = await station();
  const { bytes, audio, samples } = await commune.item([{ seconds: 1, noiseSeed: 61 }]);
  const first = await commune.startAgent();
  await first.end();
  const orders = path.join(commune.dataDirectory, "orders.db");
  const [before] = commune.rows<{ value: string }>("SELECT value FROM meta WHERE name = 'epoch'");
  const garbage = Buffer.alloc(20_000, "không phải cơ sở dữ liệu ");
  writeFileSync(orders, garbage);

  const agent = await commune.startAgent();
  const [broken] = agent.events("store.broken");
  expect(broken).toMatchObject({ level: "error", path: expect.stringMatching(/orders\.db\.broken-/) });
  const aside = readdirSync(commune.dataDirectory).filter((name) => /^orders\.db\.broken-\w+$/.test(name));
  expect(aside).toHaveLength(1);
  expect(readFileSync(path.join(commune.dataDirectory, aside[0] ?? ""))).toEqual(garbage);
  expect(await commune.told("alarm", { code: "storage", state: "raised" })).toMatchObject({
    severity: "critical",
    detail: expect.stringContaining("orders.db.broken-"),
  });

  const [after] = commune.rows<{ value: string }>("SELECT value FROM meta WHERE name = 'epoch'");
  expect(after?.value).not.toBe(before?.value);
  expect(readFileSync(path.join(commune.enrolment, "epoch"), "utf8").trim()).toBe(after?.value);
  const seen = await onlooker(commune.desk, [birthTopic(GATEWAY)]);
  const birth = () => {
    const retained = seen.get(birthTopic(GATEWAY));
    const opened = retained && openUp(retained.payload);
    const payload = opened?.kind === "opened" ? opened.sealed.payload : undefined;
    return payload?.type === "birth" ? payload : undefined;
  };
  // The broker has the former process's still until this one's comes.
  await until(() => birth()?.epoch === after?.value, "the retained birth");
  expect(birth()).toMatchObject({ epoch: after?.value, previousEpoch: before?.value, evidence: { first: 1 } });

  await commune.broadcast(bytes, audio);
  await agent.until("play.ended");
  expect(splitAtLastPlay(await commune.heard(), samples)).toEqual({ before: new Int16Array(), isWhole: true });
  const epochOf = ({ line }: { line: string }) => JSON.parse(line).kind === "played";
  await until(
    () => commune.desk.database.evidence.lines(GATEWAY).some((row) => row.epoch === after?.value && epochOf(row)),
    "the record in the new epoch at the desk",
  );
  expect(await agent.end()).toEqual({ code: 0, signal: null });

  // Sound again at the next start, the alarm is over.
  await commune.startAgent();
  await commune.told("alarm", { code: "storage", state: "cleared" });
});
