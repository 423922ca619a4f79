import { expect, onTestFinished, test } from "vitest";
import { SystemChance } from "../../src/adapters/chance.ts";
import { SystemClock } from "../../src/adapters/system-clock.ts";
import { SystemTimers } from "../../src/adapters/timers.ts";
import { planBroadcast, publishBroadcast } from "../../src/desk/broadcast.ts";
import { connectOnce, passingLink } from "../../src/desk/link.ts";
import { evidenceTopic, receiptTopic, stateTopic } from "../../src/wire/topics.ts";
import { FakeLog } from "../fakes/log.ts";
import { machineElsewhere, minutesFromNow } from "../fakes/machine-elsewhere.ts";
import { loa, startLoa } from "./support/cli.ts";
import {
  BULLETIN,
  COMMUNE,
  type DeskBench,
  deskBench,
  enrolScripted,
  ISSUER,
  makeIssuer,
  ScriptedChain,
  serve,
  thisMoment,
} from "./support/desk.ts";
import { PATIENCE_MS, until } from "./support/link.ts";

async function commune() {
  const bench = await deskBench();
  await bench.broker.start();
  await makeIssuer(bench.desk);
  const gateway = await enrolScripted(bench.desk);
  return { ...bench, gateway };
}

async function sendBulletin({ desk }: DeskBench) {
  const request = {
    ...{ issuer: ISSUER, audioPath: BULLETIN, to: [COMMUNE], tags: [], title: "Bản tin chiều", language: "vi" },
    ...({ class: "routine", severity: 0, status: "actual", expiresInSeconds: 7_200 } as const),
  };
  const planned = await planBroadcast(desk, request, thisMoment());
  const log = new FakeLog();
  const timers = new SystemTimers(log);
  const clock = new SystemClock("assumed", timers, log);
  const link = passingLink(desk, "sender", { clock, timers, chance: new SystemChance(), log });
  onTestFinished(() => link.stop());
  await connectOnce(link, timers, desk.settings.broker, PATIENCE_MS);
  await publishBroadcast(desk, planned, link, thisMoment());
  return planned.order;
}

test("listen prints every message once, with what is true about it", async () => {
  const { desk, broker, folder, gateway } = await commune();
  const listening = startLoa("desk", "listen", "--desk", folder, "--json");
  const lines = () =>
    listening
      .said()
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const heard = (topic: string) => lines().filter((line) => line.topic === topic);
  await until(() => listening.said().includes('"connected"'), "to be connected");

  const order = await sendBulletin({ desk, broker, folder });
  const topic = `loa/1/area/${COMMUNE}/broadcast/${order.id}`;
  await until(() => heard(topic).length > 0, "the bulletin");
  expect(heard(topic)).toMatchObject([{ event: "message", verified: true, payload: { title: "Bản tin chiều" } }]);

  const state = { type: "state", session: 1, state: "ready", atMs: Date.now() };
  await gateway.say(stateTopic(gateway.id), state);
  await until(() => heard(stateTopic(gateway.id)).length > 0, "the state");
  expect(heard(stateTopic(gateway.id))).toMatchObject([{ verified: true, payload: { state: "ready" } }]);

  await gateway.client.publishAsync(stateTopic(gateway.id), "no envelope", { qos: 1 });
  await until(() => heard(stateTopic(gateway.id)).length > 1, "the nonsense");
  expect(heard(stateTopic(gateway.id))[1]).toMatchObject({ verified: false, code: "schema" });

  expect(await listening.end("SIGINT")).toBe(0);
});

test.each(["listen", "serve"])("%s tells people when, by the territory's clocks", async (command) => {
  const { folder } = await commune();
  machineElsewhere();
  const going = startLoa("desk", command, "--desk", folder);
  await until(() => /^\d\d:\d\d:\d\d connected/m.test(going.said()), "to be connected");
  expect(minutesFromNow(going.said(), "Asia/Ho_Chi_Minh")).toBeLessThanOrEqual(2);
  expect(await going.end("SIGINT")).toBe(0);
});

test("coverage tells from the desk's own database who heard a bulletin", async () => {
  const { desk, broker, folder, gateway } = await commune();
  const order = await sendBulletin({ desk, broker, folder });
  const coverage = async () => {
    const ran = await loa("desk", "coverage", order.id, "--desk", folder, "--json");
    expect(ran.code).toBe(0);
    return JSON.parse(ran.stdout).gateways;
  };
  expect(await coverage()).toMatchObject([{ gateway: gateway.id, zones: [{ zoneId: "z1", verdict: "silent" }] }]);

  const server = serve(desk);
  await server.next("restored");
  const item = { issuer: ISSUER, itemId: order.id };
  await gateway.say(receiptTopic(gateway.id, order.id), {
    ...{ type: "receipt", issuerOfItem: ISSUER, itemId: order.id, state: "fetching", atMs: Date.now() },
  });
  await server.next("receipt");
  expect(await coverage()).toMatchObject([{ zones: [{ verdict: "waiting" }] }]);

  const startedAtMs = Date.now();
  const played = { ...item, zone: "z1", startedAtMs, endedAtMs: startedAtMs + 22_500, outcome: "played", strength: 1 };
  const chain = new ScriptedChain(gateway.id)
    .record({ kind: "received", ...item })
    .record({ kind: "played", ...played, strength: 1 });
  await gateway.say(evidenceTopic(gateway.id), chain.batch(1, 2));
  await server.next("evidence-acknowledged");
  expect(await coverage()).toMatchObject([{ zones: [{ verdict: "played", soundedMs: 22_500, strength: 1 }] }]);

  machineElsewhere();
  const text = await loa("desk", "coverage", order.id, "--desk", folder, "--lang", "vi");
  expect(text.stdout).toContain("1 / 1 cụm loa đã phát");
  const [from = "", heard = ""] = text.stdout.match(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g) ?? [];
  expect(new Date(`${from.replace(" ", "T")}+07:00`).getTime()).toBe(Math.floor(startedAtMs / 1000) * 1000);
  expect(minutesFromNow(heard, "Asia/Ho_Chi_Minh")).toBeLessThanOrEqual(2);
  expect(await loa("desk", "coverage", "01JD3W9K2M4N6P8Q0R1S2T3V4W", "--desk", folder)).toMatchObject({ code: 8 });
});
