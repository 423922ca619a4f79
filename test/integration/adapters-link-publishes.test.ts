import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { OutboundMessage } from "../../src/domain/ports.ts";
import { brokerForTest, rawBroker } from "./support/broker.ts";
import { TestAuthority } from "./support/certificates.ts";
import { GATEWAY, observedLink, otherClient, until } from "./support/link.ts";

function report(topic: string, payload: string | Buffer, qos: 0 | 1 = 1): OutboundMessage {
  return { topic, payload: Buffer.from(payload), qos, retain: false };
}

describe("the broker's answer to a publish comes back", () => {
  test("acknowledged in its own branch, refused 0x87 in another's, by the shipped access list", async () => {
    const authority = new TestAuthority();
    onTestFinished(() => authority.remove());
    const broker = await brokerForTest({ authority });
    const gateway = observedLink({ urls: [broker.url], tls: authority.identity(GATEWAY) });
    const desk = observedLink({ urls: [broker.url], clientId: "desk", tls: authority.identity("desk") });
    gateway.start();
    desk.start();
    await until(() => gateway.link.isConnected && desk.link.isConnected, "both connections");
    await desk.link.subscribe(["loa/1/gateway/+/up/#"], 0);
    const mine = `loa/1/gateway/${GATEWAY}`;
    await gateway.link.subscribe(["loa/1/area/+/emergency/+", "loa/1/gateway/#"], 0); // the list filters what it is sent

    await expect(gateway.link.publish(report(`${mine}/up/evidence`, "mine"))).resolves.toEqual({
      kind: "acknowledged",
    });
    const refused = { kind: "refused", reasonCode: 0x87 };
    await expect(gateway.link.publish(report("loa/1/gateway/zzzzzzzzzzzz/up/evidence", "forged"))).resolves.toEqual(
      refused,
    );
    await expect(gateway.link.publish(report("loa/1/area/one/emergency/1", "forged"))).resolves.toEqual(refused);
    await expect(gateway.link.publish(report("loa/1/trust/root/2", "forged"))).resolves.toEqual(refused);
    await until(() => desk.told.includes("mine"), "the report at the desk");

    await desk.link.publish(report(`${mine}/down/placement`, "for me"));
    await desk.link.publish(report("loa/1/gateway/zzzzzzzzzzzz/down/placement", "for another"));
    await desk.link.publish(report("loa/1/area/one/emergency/1", "for all"));
    await until(() => gateway.told.includes("for all"), "the order");
    expect(gateway.told).toEqual(["connected", "for me", "for all"]);
  });

  test("two hundred at once all arrive, in order", async () => {
    const broker = await brokerForTest();
    const other = await otherClient(broker.url);
    const heard: string[] = [];
    other.on("message", (_topic, payload) => heard.push(payload.toString()));
    await other.subscribeAsync("t", { qos: 1 });
    const observed = observedLink({ urls: [broker.url] });
    observed.start();
    await until(() => observed.link.isConnected, "the connection");
    const numbers = Array.from({ length: 200 }, (_, n) => String(n));
    const outcomes = await Promise.all(numbers.map((n) => observed.link.publish(report("t", n))));
    expect(new Set(outcomes.map(({ kind }) => kind))).toEqual(new Set(["acknowledged"]));
    await until(() => heard.length === 200, "the last report");
    expect(heard).toEqual(numbers);
    expect(observed.told).toEqual(["connected"]);
  });

  test("never more are in flight than the broker's Receive Maximum", async () => {
    let said = Buffer.alloc(0);
    let answer = (_packetId: number): void => {};
    const url = await rawBroker((socket) => {
      answer = (packetId) => void socket.write(Buffer.from([0x40, 0x02, packetId >> 8, packetId & 0xff]));
      // CONNACK with Receive Maximum 2.
      socket.once("data", () => socket.write(Buffer.from([0x20, 0x06, 0x00, 0x00, 0x03, 0x21, 0x00, 0x02])));
      socket.on("data", (bytes) => {
        said = Buffer.concat([said, bytes]);
      });
    });
    const observed = observedLink({ urls: [url] });
    observed.start();
    await until(() => observed.link.isConnected, "the connection");
    const outcomes = Promise.all(["a", "b", "c", "d", "e"].map((text) => observed.link.publish(report("t", text))));
    for (let answered = 0; answered < 5; answered += 1) {
      const inFlight = Math.min(5, answered + 2);
      await until(() => packetIdsOf(said).length >= inFlight, "the next ones");
      await sleep(30); // time enough for one too many
      expect(packetIdsOf(said)).toHaveLength(inFlight);
      answer(packetIdsOf(said)[answered] ?? 0);
    }
    expect((await outcomes).map(({ kind }) => kind)).toEqual(Array(5).fill("acknowledged"));
  });

  test("one over the broker's packet size is refused here and costs no connection", async () => {
    const broker = await brokerForTest({ configuration: ["max_packet_size 2000"] });
    const observed = observedLink({ urls: [broker.url] });
    observed.start();
    await until(() => observed.link.isConnected, "the connection");
    const tooLarge = { kind: "refused", reasonCode: 0x95 };
    await expect(observed.link.publish(report("t", Buffer.alloc(2_000)))).resolves.toEqual(tooLarge);
    await expect(observed.link.publish(report("t", Buffer.alloc(1_980)))).resolves.toEqual({ kind: "acknowledged" });
    expect(observed.told).toEqual(["connected"]);
  });

  test("what waits in flight or for its turn when the broker dies resolves as disconnected", async () => {
    const broker = await brokerForTest();
    const observed = observedLink({ urls: [broker.url] });
    observed.start();
    await until(() => observed.link.isConnected, "the connection");
    broker.pause();
    const waiting = Array.from({ length: 40 }, (_, n) => observed.link.publish(report("t", String(n))));
    await broker.kill();
    const outcomes = await Promise.all(waiting);
    expect(outcomes.filter(({ kind }) => kind === "disconnected").length).toBeGreaterThan(0);
    expect(outcomes.filter(({ kind }) => kind === "refused")).toEqual([]);
  });
});

/** Of PUBLISH packets of QoS 1 with topic `t` and one byte of payload. */
function packetIdsOf(bytes: Buffer): number[] {
  const packet = Buffer.from([0x32, 0x07, 0x00, 0x01, 0x74]);
  const ids: number[] = [];
  for (let at = bytes.indexOf(packet); at >= 0; at = bytes.indexOf(packet, at + 1))
    ids.push(bytes.readUInt16BE(at + 5));
  return ids;
}
