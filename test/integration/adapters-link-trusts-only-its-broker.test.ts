import { randomBytes, randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import tls from "node:tls";
import { afterAll, describe, expect, test } from "vitest";
import { brokerForTest, listenForTest, rawBroker } from "./support/broker.ts";
import { TestAuthority } from "./support/certificates.ts";
import { GATEWAY, observedLink, until } from "./support/link.ts";

const CONNACK = Buffer.from([0x20, 0x03, 0x00, 0x00, 0x00]);

const YEAR_MS = 365 * 86_400_000;
const YESTERDAY = Math.floor(Date.now() / 1_000) * 1_000 - 86_400_000;
const LONG_AGO = YESTERDAY - YEAR_MS;
const NEXT_YEAR = YESTERDAY + YEAR_MS;

const authority = new TestAuthority();
const stranger = new TestAuthority("stranger");
afterAll(() => {
  authority.remove();
  stranger.remove();
});

describe("a link says nothing to a broker it does not know", () => {
  test("connects to its own, by address and by name", async () => {
    const broker = await brokerForTest({ authority });
    const byAddress = observedLink({ urls: [broker.url], tls: authority.identity(GATEWAY) });
    const byName = observedLink({
      urls: [`mqtts://localhost:${broker.port}`],
      clientId: "media",
      tls: authority.identity(GATEWAY),
    });
    byAddress.start();
    byName.start();
    await until(() => byAddress.link.isConnected && byName.link.isConnected, "both connections");
  });

  test.each([
    ["whose certificate another authority signed", { authority: stranger }],
    ["whose certificate is for another name", { authority, server: authority.issueServer(["DNS:elsewhere.example"]) }],
  ])("refuses one %s", async (_what, options) => {
    const broker = await brokerForTest(options);
    const observed = observedLink({ urls: [broker.url], tls: authority.identity(GATEWAY) });
    observed.start();
    await until(() => observed.told.length >= 2, "two failed attempts");
    expect(new Set(observed.told)).toEqual(new Set(["failed untrusted"]));
    expect(broker.log).not.toContain(GATEWAY);
  });

  test.each([
    ["that vouches for itself", () => stranger, "vouches for itself (DEPTH_ZERO_SELF_SIGNED_CERT)"],
    ["whose certificate has expired", () => authority.issueServerFor(LONG_AGO, YESTERDAY), "has expired"],
    ["whose certificate is a gateway's", () => authority.issueClient(GATEWAY), "is not a broker's"],
  ])("refuses one %s, and says why", async (_what, server, reason) => {
    const broker = await brokerForTest({ authority, server: server() });
    const observed = observedLink({ urls: [broker.url], tls: authority.identity(GATEWAY) });
    observed.start();
    await until(() => observed.told.length >= 2, "two failed attempts");
    expect(new Set(observed.told)).toEqual(new Set(["failed untrusted"]));
    const refusal = observed.log.lines.find(({ event }) => event === "link.failed");
    expect(refusal).toMatchObject({ level: "warn", fields: { loss: "untrusted" } });
    expect(refusal?.fields["detail"]).toContain(reason);
  });

  test("refuses one that speaks only TLS 1.2", async () => {
    const { certFile, keyFile } = authority.issueServer();
    const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)];
    const server = tls.createServer({ cert, key, maxVersion: "TLSv1.2" });
    let secured = 0;
    server.on("secureConnection", () => {
      secured += 1;
    });
    const url = await listenForTest(server, "mqtts");
    const observed = observedLink({ urls: [url], tls: authority.identity(GATEWAY) });
    observed.start();
    await until(() => observed.told.length >= 2, "two failed attempts");
    expect(new Set(observed.told)).toEqual(new Set(["failed untrusted"]));
    expect(secured).toBe(0);
  });

  test("is told when the broker does not trust us", async () => {
    const broker = await brokerForTest({ authority });
    const foreign = { ...stranger.identity(GATEWAY), caPem: authority.identity(GATEWAY).caPem };
    const observed = observedLink({ urls: [broker.url], tls: foreign });
    observed.start();
    await until(() => observed.told.length >= 2, "two failed attempts");
    expect(new Set(observed.told)).toEqual(new Set(["failed untrusted"]));
  });

  test("an address that is none is a failed attempt with advice", async () => {
    const observed = observedLink({ urls: ["https://broker.example"] });
    observed.start();
    await until(() => observed.told.length >= 1, "the failure");
    expect(observed.told[0]).toBe("failed fault");
    expect(observed.log.lines[0]?.fields["error"]).toMatchObject({ code: "link-failed" });
  });
});

describe("a link whose clock nobody vouches for", () => {
  const floor = (floorMs: number) => ({ time: () => ({ kind: "floor", floorMs }) as const });

  test.each([
    ["is not valid yet by the machine's clock", NEXT_YEAR, NEXT_YEAR + YEAR_MS, LONG_AGO],
    ["is over by the machine's clock, and not surely", LONG_AGO, YESTERDAY, YESTERDAY - 1_000],
  ])("connects to its own broker whose certificate %s", async (_what, fromMs, untilMs, floorMs) => {
    const broker = await brokerForTest({ authority, server: authority.issueServerFor(fromMs, untilMs) });
    const tls = { ...authority.identity(GATEWAY), ...floor(floorMs) };
    const byAddress = observedLink({ urls: [broker.url], tls });
    const byName = observedLink({ urls: [`mqtts://localhost:${broker.port}`], clientId: "media", tls });
    byAddress.start();
    byName.start();
    await until(() => byAddress.link.isConnected && byName.link.isConnected, "both connections");
  });

  test.each([
    ["whose certificate another authority signed", () => stranger.issueServer(), "was not issued by the CA"],
    ["that vouches for itself", () => new TestAuthority("test CA"), "vouches for itself"],
    [
      "whose authority only has the name of ours",
      () => new TestAuthority("test CA").issueServer(),
      "was not issued by",
    ],
    ["with a certificate for another name", () => authority.issueServer(["DNS:elsewhere.example"]), "another name"],
    ["with a certificate that is surely over", () => authority.issueServerFor(LONG_AGO, YESTERDAY), "has expired"],
    ["with a gateway's certificate", () => authority.issueClient(GATEWAY), "is not a broker's"],
  ])("refuses one %s, before it says a word", async (_what, server, reason) => {
    const broker = await brokerForTest({ authority, server: server() });
    const tls = { ...authority.identity(GATEWAY), ...floor(YESTERDAY + 1_000) };
    const observed = observedLink({ urls: [broker.url], tls });
    observed.start();
    await until(() => observed.told.length >= 2, "two failed attempts");
    expect(new Set(observed.told)).toEqual(new Set(["failed untrusted"]));
    expect(observed.log.lines.find(({ event }) => event === "link.failed")?.fields["detail"]).toContain(reason);
    expect(broker.log).not.toContain(`as ${GATEWAY}`);
  });
});

describe("a hostile broker", () => {
  test("can't make us collect a packet of hundreds of megabytes", async () => {
    const url = await rawBroker((socket) => {
      // PUBLISH, Remaining Length 256 MiB - 1, and then bytes for as long as somebody takes them.
      socket.once("data", () => {
        socket.write(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]));
        const more = (): void => {
          while (!socket.destroyed && socket.write(Buffer.alloc(65_536))) {}
        };
        socket.on("drain", more);
        more();
      });
    });
    const observed = observedLink({ urls: [url] });
    observed.start();
    await until(() => observed.told.length >= 2, "two attempts");
    expect(new Set(observed.told)).toEqual(new Set(["failed protocol"]));
  });

  test("that sends an order before its CONNACK is not listened to", async () => {
    const url = await rawBroker((socket) => {
      socket.once("data", () =>
        socket.write(Buffer.concat([Buffer.from([0x30, 0x04, 0x00, 0x01, 0x41, 0x00]), CONNACK])),
      );
    });
    const observed = observedLink({ urls: [url] });
    observed.start();
    await until(() => observed.told.length >= 2, "two attempts");
    expect(new Set(observed.told)).toEqual(new Set(["failed protocol"]));
    expect(observed.messages).toEqual([]);
  });

  test.each([
    ["a PUBLISH without its packet id", [0x32, 0x03, 0x00, 0x01, 0x41]],
    ["a PUBLISH with packet id 0", [0x32, 0x06, 0x00, 0x01, 0x41, 0x00, 0x00, 0x00]],
    ["a PUBLISH of QoS 2", [0x34, 0x06, 0x00, 0x01, 0x41, 0x00, 0x01, 0x00]],
    ["a PUBREL", [0x62, 0x02, 0x00, 0x01]],
    ["a PUBREL without its packet id", [0x62, 0x00]],
    ["an AUTH", [0xf0, 0x02, 0x18, 0x00]],
    ["a second CONNACK", [0x20, 0x03, 0x00, 0x00, 0x00]],
    ["no MQTT at all", [0x48, 0x54, 0x54, 0x50]],
  ])("that sends %s loses us and nothing else happens", async (_what, bytes) => {
    const url = await rawBroker((socket) => {
      socket.once("data", () => {
        socket.write(CONNACK);
        setTimeout(() => socket.write(Buffer.from(bytes)), 20);
      });
    });
    const observed = observedLink({ urls: [url] });
    observed.start();
    await until(() => observed.told.length >= 3, "the loss and the way back");
    expect(observed.told.slice(0, 3)).toEqual(["connected", "lost protocol", "connected"]);
  });

  test("that sends anything at all can't end the process", async () => {
    // An exception out of MQTT.js would be uncaught, and fail this run.
    const kinds = [0x20, 0x30, 0x32, 0x34, 0x40, 0x50, 0x62, 0x70, 0x90, 0xb0, 0xd0, 0xe0, 0xf0];
    let streams = 0;
    const url = await rawBroker((socket) => {
      streams += 1;
      socket.once("data", () => {
        socket.write(CONNACK);
        for (let packets = randomInt(1, 6); packets > 0; packets -= 1) {
          const body = randomBytes(randomInt(14));
          // Small numbers where lengths and packet ids stand get further than noise.
          for (const at of [0, 2, 3]) if (at < body.length) body[at] = 0;
          for (const at of [1, 4]) if (at < body.length) body[at] = randomInt(4);
          socket.write(Buffer.from([kinds[randomInt(kinds.length)] ?? 0, body.length, ...body]));
        }
        setTimeout(() => socket.end(), 2);
      });
    });
    const backoff = { baseSeconds: 0.001, ceilingSeconds: 0.001, firstRetrySpreadSeconds: 0, steadySeconds: 60 };
    for (let n = 0; n < 5; n += 1) observedLink({ urls: [url], backoff, clientId: `g${n}` }).start();
    await until(() => streams > 2_000, "two thousand connections");
  });
});
