import { globSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { brokerForTest, endWithTest, prepareBroker } from "./support/broker.ts";
import { LONGEST_WAITS, observedLink, otherClient, until } from "./support/link.ts";

describe("a session outlives its connection", () => {
  test("with Clean Start 0 the broker keeps what came meanwhile, also over its own restart", async () => {
    const broker = await brokerForTest({ persistence: true });
    const before = observedLink({ urls: [broker.url] });
    before.start();
    await until(() => before.link.isConnected, "the connection");
    await before.link.subscribe(["orders/+"], 0);
    await before.link.stop();

    const other = await otherClient(broker.url);
    for (const n of [1, 2, 3]) await other.publishAsync(`orders/${n}`, `order ${n}`, { qos: 1 });
    await broker.stop();
    await broker.start();

    const after = observedLink({ urls: [broker.url] });
    after.start();
    await until(() => after.messages.length === 3, "the queued orders");
    expect(after.connections[0]?.sessionPresent).toBe(true);
    // The broker sends them right behind its CONNACK, and still `connected` comes first.
    expect(after.told).toEqual(["connected", "order 1", "order 2", "order 3"]);
  });

  test("a clean session starts with nothing", async () => {
    const broker = await brokerForTest();
    const settings = { urls: [broker.url], cleanStart: true, sessionExpirySeconds: 0 };
    const before = observedLink(settings);
    before.start();
    await until(() => before.link.isConnected, "the connection");
    await before.link.subscribe(["orders/+"], 0);
    await before.link.stop();
    const other = await otherClient(broker.url);
    await other.publishAsync("orders/1", "order 1", { qos: 1 });
    const after = observedLink(settings);
    after.start();
    await until(() => after.link.isConnected, "the connection");
    expect(after.connections[0]?.sessionPresent).toBe(false);
    expect(after.messages).toEqual([]);
  });
});

describe("the will", () => {
  test("is asked for before each attempt, and the broker speaks it only when we stay away", async () => {
    const broker = await brokerForTest();
    const other = await otherClient(broker.url);
    const wills: string[] = [];
    other.on("message", (_topic, payload) => wills.push(payload.toString()));
    await other.subscribeAsync("state", { qos: 1 });

    let session = 0;
    const will = () => {
      session += 1;
      return {
        topic: "state",
        payload: Buffer.from(`lost ${session}`),
        qos: 1,
        retain: true,
        delaySeconds: 3,
      } as const;
    };
    const observed = observedLink({ urls: [broker.url] }, { will });
    observed.start();
    await until(() => observed.link.isConnected, "the connection");
    observed.link.drop("a fault");
    await until(() => observed.connections.length === 2, "the second connection");

    const away = { baseSeconds: 60, ceilingSeconds: 60, firstRetrySpreadSeconds: 60, steadySeconds: 60 };
    const gone = observedLink({ urls: [broker.url], clientId: "gone", backoff: away }, { will }, LONGEST_WAITS);
    gone.start();
    await until(() => gone.link.isConnected, "the other one's connection");
    gone.link.drop("a fault");
    await until(() => wills.length > 0, "the will of the one that stays away");
    expect(wills).toEqual(["lost 3"]);

    await observed.link.stop();
    expect(wills).toEqual(["lost 3"]);
  });

  test("that can't be made is a failed attempt, not the end", async () => {
    const broker = await brokerForTest();
    let asked = 0;
    const observed = observedLink(
      { urls: [broker.url] },
      {
        will: () => {
          asked += 1;
          if (asked === 1) throw new Error("no key");
          return { topic: "state", payload: Buffer.from("lost"), qos: 1, retain: true, delaySeconds: 1 };
        },
      },
    );
    observed.start();
    await until(() => observed.link.isConnected, "the second attempt");
    expect(observed.told).toEqual(["failed fault", "connected"]);
  });
});

describe("subscriptions", () => {
  test("in hundreds, with No Local, and what the broker had kept marked as such", async () => {
    const broker = await brokerForTest();
    const other = await otherClient(broker.url);
    await other.publishAsync("audio/7", "kept", { qos: 1, retain: true });
    const observed = observedLink({ urls: [broker.url] });
    observed.start();
    await until(() => observed.link.isConnected, "the connection");
    const filters = Array.from({ length: 300 }, (_, n) => `audio/${n}`);
    await observed.link.subscribe(filters, 0);
    await until(() => observed.messages.length === 1, "the retained message");
    await observed.link.subscribe(filters, 1); // held already: not sent again

    await observed.link.publish({ topic: "audio/8", payload: Buffer.from("own words"), qos: 1, retain: false });
    await other.publishAsync("audio/299", "live", { qos: 1, retain: true });
    await until(() => observed.told.includes("live"), "the last filter's message");
    expect(observed.messages.map(({ topic, retained }) => ({ topic, retained }))).toEqual([
      { topic: "audio/7", retained: true },
      { topic: "audio/299", retained: false }, // Though it is retained from now on: it came live.
    ]);

    await observed.link.unsubscribe(filters);
    await other.publishAsync("audio/1", "unheard", { qos: 1 });
    await observed.link.subscribe(["audio/7"], 0);
    await until(() => observed.messages.length === 3, "the retained message again");
    expect(observed.told).not.toContain("unheard");
  });

  test("one that the broker refuses rejects and is named", async () => {
    const [plugin] = globSync("/usr/lib/*/mosquitto_dynamic_security.so");
    const broker = await prepareBroker();
    endWithTest(broker);
    const rules = path.join(broker.folder, "dynamic-security.json");
    writeFileSync(
      rules,
      JSON.stringify({
        defaultACLAccess: { publishClientSend: true, publishClientReceive: true, subscribe: false, unsubscribe: true },
      }),
    );
    broker.configure([`plugin ${plugin}`, `plugin_opt_config_file ${rules}`]);
    await broker.start();
    const observed = observedLink({ urls: [broker.url] });
    observed.start();
    await until(() => observed.link.isConnected, "the connection");
    await expect(observed.link.subscribe(["area/one/emergency/+"], 0)).rejects.toMatchObject({
      code: "link-failed",
      message: expect.stringContaining("area/one/emergency/+"),
    });
    expect(observed.link.isConnected).toBe(true);
  });
});
