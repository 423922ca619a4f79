import { connectAsync, type MqttClient } from "mqtt";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { brokerForTest, type TestBroker } from "./support/broker.ts";
import { TestAuthority } from "./support/certificates.ts";
import { until } from "./support/link.ts";

const [OWN, OTHER] = ["0123456789ab", "7k3m9q2w5x8y"];
const ID = "01M85DMB00000000000000000B";
const NONCE = "AAAAAAAAAAAAAAAAAAAAAA";

const FOR_ALL = [
  "trust/root/2",
  "trust/policy",
  ...["emergency", "broadcast", "control"].map((kind) => `area/xa-an-phu/${kind}/${ID}`),
  ...["revoked", "beacon", "index"].map((kind) => `area/xa-an-phu/${kind}/ubnd.an-phu`),
  `audio/${"A".repeat(43)}/0`,
];
const DOWN = ["placement", "evidence-ack", `time/${NONCE}`];
const UP = ["state", "birth", "checkpoint", "heartbeat", "time-query", `receipt/${ID}`, "evidence", "alarm/auth"];
/** Written by nobody's gateway, whatever it is called. */
const NOT_A_GATEWAYS = [...FOR_ALL, ...DOWN.map((kind) => `gateway/${OWN}/down/${kind}`), "gateway/up/state"];

const authority = new TestAuthority();
afterAll(() => authority.remove());

interface Seen {
  readonly client: MqttClient;
  readonly topics: Set<string>;
}

/** Somebody with a certificate of this name, listening to whatever the broker lets through. */
async function listener(broker: TestBroker, name: string): Promise<Seen> {
  const { caPem, certPem, keyPem } = authority.identity(name);
  const client = await connectAsync(broker.url, {
    ...{ protocolVersion: 5, clientId: name, reconnectPeriod: 0 },
    ...{ ca: caPem, cert: certPem, key: keyPem },
  });
  onTestFinished(() => client.endAsync(true));
  const topics = new Set<string>();
  client.on("message", (topic) => topics.add(topic.replace("loa/1/", "")));
  await client.subscribeAsync(["#", "loa/#", "loa/1/gateway/+/up/+", `loa/1/gateway/${OTHER}/down/#`, "$SYS/#"], {
    qos: 1,
  });
  return { client, topics };
}

/** True when the broker took it. */
async function publishes({ client }: Seen, topic: string): Promise<boolean> {
  return await client.publishAsync(`loa/1/${topic}`, "word", { qos: 1 }).then(
    () => true,
    () => false,
  );
}

test("with the access list that comes along, each topic that is in use reaches whom it concerns, and nobody else", async () => {
  const broker = await brokerForTest({ authority });
  const [desk, own, other] = [
    await listener(broker, "desk"),
    await listener(broker, OWN),
    await listener(broker, OTHER),
  ];
  const downs = [OWN, OTHER].flatMap((gateway) => DOWN.map((kind) => `gateway/${gateway}/down/${kind}`));
  for (const topic of [...FOR_ALL, ...downs]) expect([topic, await publishes(desk, topic)]).toEqual([topic, true]);
  for (const gateway of [own, other]) {
    const id = gateway === own ? OWN : OTHER;
    for (const kind of UP) {
      expect([kind, await publishes(gateway, `gateway/${id}/up/${kind}`)]).toEqual([kind, true]);
    }
  }
  const ups = [OWN, OTHER].flatMap((gateway) => UP.map((kind) => `gateway/${gateway}/up/${kind}`));
  await until(() => ups.every((topic) => desk.topics.has(topic)), "the desk to hear both gateways");

  for (const [gateway, id] of [
    [own, OWN],
    [other, OTHER],
  ] as const) {
    const its = [...FOR_ALL, ...DOWN.map((kind) => `gateway/${id}/down/${kind}`)];
    await until(() => its.every((topic) => gateway.topics.has(topic)), `${id} to hear what concerns it`);
    expect([...gateway.topics].sort()).toEqual(its.toSorted());
  }
});

test("a gateway can't speak as another one, nor as a desk", async () => {
  const broker = await brokerForTest({ authority });
  const [desk, own, other] = [
    await listener(broker, "desk"),
    await listener(broker, OWN),
    await listener(broker, OTHER),
  ];
  const others = UP.map((kind) => `gateway/${OTHER}/up/${kind}`);
  for (const topic of [...others, ...NOT_A_GATEWAYS]) {
    expect([topic, await publishes(own, topic)]).toEqual([topic, false]);
  }
  expect(await publishes(own, `gateway/${OWN}/up/state`)).toBe(true);
  await until(() => desk.topics.has(`gateway/${OWN}/up/state`), "the one message that is its own");
  expect([...desk.topics]).toEqual([`gateway/${OWN}/up/state`]);
  expect([...other.topics]).toEqual([]);
});

test("without a certificate of this authority nobody gets in", async () => {
  const broker = await brokerForTest({ authority });
  const stranger = new TestAuthority("stranger");
  onTestFinished(() => stranger.remove());
  const { caPem } = authority.identity(OWN);
  const { certPem, keyPem } = stranger.identity(OWN);
  const plain = { protocolVersion: 5, clientId: OWN, reconnectPeriod: 0, ca: caPem } as const;
  await expect(connectAsync(broker.url, plain)).rejects.toThrow();
  await expect(connectAsync(broker.url, { ...plain, cert: certPem, key: keyPem })).rejects.toThrow();
  expect(broker.log).not.toContain(`as ${OWN}`);
});
