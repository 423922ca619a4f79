import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { brokerForTest, endWithTest, prepareBroker, rawBroker } from "./support/broker.ts";
import { GATEWAY, LONGEST_WAITS, observedLink, otherClient, subscribeOrLose, until } from "./support/link.ts";

describe("a link comes back", () => {
  test("from a broker that is down at start; the outage is one warning", async () => {
    const broker = await prepareBroker();
    endWithTest(broker);
    const observed = observedLink({ urls: [broker.url] });
    observed.start();
    await until(() => observed.told.length >= 3, "three failed attempts");
    expect(new Set(observed.told)).toEqual(new Set(["failed unreachable"]));
    expect(observed.link.isConnected).toBe(false);
    await expect(
      observed.link.publish({ topic: "t", payload: Buffer.from("x"), qos: 1, retain: false }),
    ).resolves.toEqual({
      kind: "disconnected",
    });
    await expect(observed.link.subscribe(["t"], 0)).rejects.toMatchObject({ code: "link-failed" });

    await broker.start();
    await until(() => observed.link.isConnected, "the connection");
    expect(observed.connections).toEqual([{ sessionPresent: false, downMs: undefined }]);
    expect(observed.log.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });

  test("from a broker that is killed; what was subscribed is the handlers' to say again", async () => {
    const broker = await brokerForTest();
    const observed = observedLink({ urls: [broker.url] }, { connected: () => subscribeOrLose(observed, ["news"]) });
    observed.start();
    await until(() => broker.log.includes("Sending SUBACK"), "the first subscription");
    await broker.kill();
    await until(() => observed.told.includes("lost closed"), "the loss");
    await broker.start();
    await until(() => broker.log.split("Sending SUBACK").length === 3, "the second subscription");

    expect(observed.connections[1]?.sessionPresent).toBe(false);
    expect(observed.connections[1]?.downMs).toBeGreaterThan(0);
    const other = await otherClient(broker.url);
    await other.publishAsync("news", "heard again", { qos: 1 });
    await until(() => observed.told.includes("heard again"), "a message after the restart");
    expect(observed.messages).toHaveLength(1);
  });

  test("to the next address when the first can't be reached", async () => {
    const dead = await prepareBroker();
    endWithTest(dead);
    const broker = await brokerForTest();
    const observed = observedLink({ urls: [dead.url, broker.url] });
    observed.start();
    await until(() => observed.link.isConnected, "the connection");
    expect(observed.told).toEqual(["failed unreachable", "connected"]);
  });

  test("from a half-open link: silence over one and a half keep alives ends it", async () => {
    const broker = await brokerForTest();
    const observed = observedLink({ urls: [broker.url], keepAliveSeconds: 2 });
    observed.start();
    await until(() => observed.link.isConnected, "the connection");
    await sleep(4_500);
    expect(observed.told).toEqual(["connected"]); // pings are answered, so a quiet link lives

    broker.pause();
    const pending = observed.link.publish({ topic: "t", payload: Buffer.from("x"), qos: 1, retain: false });
    await until(() => observed.told.includes("lost silence"), "the end of the silence");
    await expect(pending).resolves.toEqual({ kind: "disconnected" });
    broker.resume();
    await until(() => observed.link.isConnected, "the way back");
  });

  test("after a broker said that another client took its id over, but not at once", async () => {
    // Mosquitto 2.0.11 closes the old connection without a word; this one says it as MQTT 5 wants: CONNACK, DISCONNECT 0x8E.
    const url = await rawBroker((socket) => {
      socket.once("data", () => socket.end(Buffer.from([0x20, 0x03, 0x00, 0x00, 0x00, 0xe0, 0x01, 0x8e])));
    });
    const observed = observedLink({ urls: [url] });
    observed.start();
    await until(() => observed.told.includes("lost taken-over"), "being told why");
    const down = observed.log.lines.find(({ event }) => event === "link.down");
    expect(down?.fields["retryInMs"]).toBeGreaterThanOrEqual(30_000);
    expect(down?.fields["retryInMs"]).toBeLessThanOrEqual(120_000);
  });

  test("when mosquitto gave its id to another, again and again", async () => {
    const broker = await brokerForTest();
    const observed = observedLink({ urls: [broker.url] });
    observed.start();
    for (const round of [1, 2, 3]) {
      await until(() => observed.connections.length === round, "the connection");
      await otherClient(broker.url, GATEWAY);
      await until(() => observed.told.filter((line) => line === "lost closed").length === round, "the loss");
    }
  });

  test("from a broker that refuses it", async () => {
    const url = await rawBroker((socket) => {
      socket.once("data", () => socket.end(Buffer.from([0x20, 0x03, 0x00, 0x87, 0x00])));
    });
    const observed = observedLink({ urls: [url] });
    observed.start();
    await until(() => observed.told.length >= 2, "two attempts");
    expect(new Set(observed.told)).toEqual(new Set(["failed refused"]));
  });

  test("from a broker that never answers", async () => {
    const url = await rawBroker(() => {});
    const observed = observedLink({ urls: [url], connectTimeoutSeconds: 0.2 });
    observed.start();
    await until(() => observed.told.length >= 2, "two attempts");
    expect(new Set(observed.told)).toEqual(new Set(["failed unreachable"]));
  });
});

describe("stop ends a link", () => {
  test("in every state, twice, within its bound, and nothing is told afterwards", async () => {
    const broker = await brokerForTest();
    const never = observedLink({ urls: [broker.url] });
    await never.link.stop();

    const backoff = { baseSeconds: 60, ceilingSeconds: 60, firstRetrySpreadSeconds: 60, steadySeconds: 60 };
    const waiting = observedLink({ urls: ["mqtt://127.0.0.1:1"], backoff }, {}, LONGEST_WAITS);
    waiting.start();
    await until(() => waiting.told.length === 1, "the first failure");
    await waiting.link.stop();

    const trying = observedLink({ urls: [broker.url], clientId: "trying" });
    trying.start();
    await trying.link.stop();

    const connected = observedLink({ urls: [broker.url], clientId: "connected" });
    connected.start();
    await until(() => connected.link.isConnected, "the connection");
    await Promise.all([connected.link.stop(), connected.link.stop()]);
    await until(() => broker.log.includes("Received DISCONNECT from connected"), "the goodbye in the broker's log");

    expect([never.told, waiting.told, trying.told, connected.told]).toEqual([
      ...[[], ["failed unreachable"], [], ["connected"]],
    ]);
  });

  test("even when the broker no longer answers, and lets go of who waits", async () => {
    const broker = await brokerForTest();
    const observed = observedLink({ urls: [broker.url] });
    observed.start();
    await until(() => observed.link.isConnected, "the connection");
    broker.pause();
    const publishing = observed.link.publish({ topic: "t", payload: Buffer.from("x"), qos: 1, retain: false });
    const subscribing = observed.link.subscribe(["t"], 0);
    const outcome = expect(subscribing).rejects.toMatchObject({ code: "link-failed" });
    const beganMs = performance.now();
    await observed.link.stop();
    expect(performance.now() - beganMs).toBeLessThan(5_000);
    await expect(publishing).resolves.toEqual({ kind: "disconnected" });
    await outcome;
  });

  test("and says DISCONNECT also when a publish was never answered", async () => {
    const said: Buffer[] = [];
    const url = await rawBroker((socket) => {
      socket.once("data", () => socket.write(Buffer.from([0x20, 0x03, 0x00, 0x00, 0x00])));
      socket.on("data", (bytes) => said.push(bytes));
    });
    const observed = observedLink({ urls: [url] });
    observed.start();
    await until(() => observed.link.isConnected, "the connection");
    const publishing = observed.link.publish({ topic: "t", payload: Buffer.from("x"), qos: 1, retain: false });
    await observed.link.stop();
    await expect(publishing).resolves.toEqual({ kind: "disconnected" });
    const goodbye = Buffer.from([0xe0, 0x02, 0x00, 0x00]);
    await until(() => Buffer.concat(said).subarray(-4).equals(goodbye), "a DISCONNECT as its last words");
  });
});
