import { expect, test } from "vitest";
import { loa } from "./support/cli.ts";
import { BULLETIN, COMMUNE, ISSUER } from "./support/desk.ts";
import { until } from "./support/link.ts";
import { station } from "./support/station.ts";

const OFFICIAL = "ubnd.dieu-hanh";

test("an office halts, resumes and cancels its bulletin by its commands, and the box tells why it is silent", async () => {
  const commune = await station();
  const { folder } = commune.bench;
  const desk = async (...words: readonly string[]) => {
    const ran = await loa("desk", ...words, "--desk", folder, "--json");
    expect(ran, words.join(" ")).toMatchObject({ code: 0, stderr: "" });
    return JSON.parse(ran.stdout);
  };
  const agent = await commune.startSubscribed();
  await desk("issuer", OFFICIAL, "--areas", COMMUNE, "--uses", "broadcast,control");
  const to = ["--to", COMMUNE];
  // It may speak, and nothing else. Before the bulletin: what has to be said while that sounds takes long enough.
  const refused = await loa("desk", "halt", "--issuer", ISSUER, ...to, "--desk", folder, "--json");
  expect(refused.code).toBe(8);
  expect(JSON.parse(refused.stdout).error.message).toContain("scope-use");
  const { id } = await desk("broadcast", "--issuer", ISSUER, ...to, "--title", "Bản tin chiều", "--audio", BULLETIN);
  await agent.until("play.started");

  const halted = await desk("halt", "--issuer", OFFICIAL, ...to, "--for", "10m");
  expect(halted).toMatchObject({ op: "halt", topics: [`loa/1/area/${COMMUNE}/control/${halted.id}`] });
  await agent.until("play.ended", (line) => line["id"] === id && line["code"] === "halted");
  const config = ["--config", commune.configFile];
  expect((await loa("queue", ...config, "--json")).stdout).toContain('"reason":"halted"');
  expect((await loa("status", ...config)).stdout).toContain(`halted by ${OFFICIAL} until `);

  await desk("resume", "--issuer", OFFICIAL, ...to);
  await until(() => agent.events("play.started").length === 2, "the bulletin to go on");
  const cancelled = await desk("cancel", id);
  expect(cancelled).toMatchObject({ cancels: id, topics: [`loa/1/area/${COMMUNE}/broadcast/${cancelled.id}`] });
  await agent.until("play.ended", (line) => line["id"] === id && line["outcome"] === "cancelled");
  expect((await loa("why", id, ...config)).stdout).toMatch(
    /It was silenced at \d+:\d\d by a signed halt[\s\S]*It was stopped at[\s\S]*It is now: cancelled/,
  );

  const covered = async () => (await desk("coverage", id)).gateways[0].zones[0].verdict;
  await until(() => commune.archived().some(({ kind, zone }) => kind === "cancelled" && zone === "z1"), "the record");
  expect(await covered()).toBe("cancelled");

  // Gone from the broker too: a box that comes later is not even tempted.
  const gone = `loa/1/area/${COMMUNE}/broadcast/${id}`;
  expect(commune.desk.database.retained.activeTopics(0)).not.toContain(gone);
  const again = await loa("desk", "cancel", "01JD3W9K2M4N6P8Q0R1S2T3V4W", "--desk", folder);
  expect(again.code).toBe(8);
});
