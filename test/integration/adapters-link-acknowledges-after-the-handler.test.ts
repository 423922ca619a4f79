import { MessageChannel } from "node:worker_threads";
import { describe, expect, onTestFinished, test } from "vitest";
import { brokerForTest, rawBroker } from "./support/broker.ts";
import { GATEWAY, observedLink, otherClient, subscribeOrLose, until } from "./support/link.ts";

describe("a message counts as taken in when the handler has returned, not before", () => {
  test("a throw costs the connection, and the broker sends that message and those behind it again, in order", async () => {
    const broker = await brokerForTest();
    let faults = 2;
    const observed = observedLink(
      { urls: [broker.url] },
      {
        connected: () => subscribeOrLose(observed, ["orders/+"]),
        message: ({ topic }) => {
          if (topic === "orders/3" && faults > 0) {
            faults -= 1;
            throw new Error("disk busy");
          }
        },
      },
    );
    observed.start();
    await until(() => broker.log.includes("Sending SUBACK"), "the subscription");

    const other = await otherClient(broker.url);
    const order = (n: number) => other.publish(`orders/${n}`, `order ${n}`, { qos: 1 });
    for (const n of [1, 2]) order(n);
    // A broker that writes to a connection that is cut already looks for no PUBACK that came before the cut.
    await until(() => acknowledged(broker.log) === 2, "the PUBACKs of the first two");
    for (const n of [3, 4, 5]) order(n);
    await until(() => observed.told.includes("order 5"), "the last order");

    expect(observed.told.filter((line) => line !== "connected")).toEqual([
      ...["order 1", "order 2", "lost fault", "lost fault", "order 3", "order 4", "order 5"],
    ]);
    expect(observed.log.lines.filter(({ event }) => event === "link.fault")).toHaveLength(2);
    await until(() => acknowledged(broker.log) === 5, "five PUBACKs, one each");
  });

  test("a handler that drops the link has not taken the message in", async () => {
    const broker = await brokerForTest();
    let dropped = false;
    const observed = observedLink(
      { urls: [broker.url] },
      {
        connected: () => subscribeOrLose(observed, ["orders/+"]),
        message: () => {
          if (!dropped) observed.link.drop("database busy over 5 s");
          dropped = true;
        },
      },
    );
    observed.start();
    await until(() => broker.log.includes("Sending SUBACK"), "the subscription");
    const other = await otherClient(broker.url);
    await other.publishAsync("orders/1", "order 1", { qos: 1 });
    await until(() => observed.messages.length === 2, "the order for the second time");
    expect(acknowledged(broker.log)).toBeLessThanOrEqual(1);
  });
});

test("of messages that come in one piece with the CONNACK none is handled before `connected`, nor behind one that failed", async () => {
  const said: string[] = [];
  const url = await rawBroker((socket) => {
    socket.on("data", (bytes) => said.push(bytes.toString("hex")));
    socket.once("data", () =>
      socket.write(Buffer.concat([CONNACK, publish(1, "one"), publish(2, "two"), publish(3, "three")])),
    );
  });
  const handled: string[] = [];
  const observed = observedLink(
    { urls: [url] },
    {
      connected: () => handled.push("connected"),
      message: ({ topic }) => {
        handled.push(topic);
        if (topic === "two" && observed.connections.length < 3) throw new Error("disk busy");
      },
    },
  );
  observed.start();
  await until(() => handled.includes("three"), "the third message");
  const failing = ["connected", "one", "two"];
  expect(handled).toEqual([...failing, ...failing, "connected", "one", "two", "three"]);
  await until(() => said.join("").includes("40020003"), "the last PUBACK");
  const pubacks = said.join("").match(/4002000[123]/g);
  expect(pubacks).toEqual(["40020001", "40020001", "40020001", "40020002", "40020003"]);
});

test("between two messages that came in one piece, everything else that waits has its turn", async () => {
  const url = await rawBroker((socket) => {
    socket.once("data", () =>
      socket.write(Buffer.concat([CONNACK, publish(1, "one"), publish(2, "two"), publish(3, "three")])),
    );
  });
  const { port1: here, port2: soundThread } = new MessageChannel();
  onTestFinished(() => here.close());
  const turns: string[] = [];
  here.on("message", (wish: string) => turns.push(wish));
  const observed = observedLink(
    { urls: [url] },
    {
      message: ({ topic }) => {
        turns.push(topic);
        soundThread.postMessage(`hungry after ${topic}`);
      },
    },
  );
  observed.start();
  await until(() => turns.length === 6, "all messages and wishes");
  expect(turns).toEqual(["one", "two", "three"].flatMap((topic) => [topic, `hungry after ${topic}`]));
});

const CONNACK = Buffer.from([0x20, 0x03, 0x00, 0x00, 0x00]);

function publish(packetId: number, topic: string): Buffer {
  const body = [0x00, topic.length, ...Buffer.from(topic), 0x00, packetId, 0x00];
  return Buffer.from([0x32, body.length, ...body]);
}

function acknowledged(log: string): number {
  return log.split(`Received PUBACK from ${GATEWAY}`).length - 1;
}
