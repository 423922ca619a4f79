import { describe, expect, test } from "vitest";
import {
  alarmTopic,
  allUpFilter,
  areaDocumentFilters,
  broadcastFilter,
  broadcastTopic,
  chunkTopic,
  emergencyFilter,
  evidenceAckTopic,
  gatewayDownFilters,
  parseChunkTopic,
  parseDownTopic,
  parseUpTopic,
  placementTopic,
  receiptTopic,
  rootTopic,
  stateTopic,
  trustFilters,
} from "../../src/wire/topics.ts";
import { AREA, AUDIO, BROADCAST, GATEWAY } from "../fixtures/wire-messages.ts";

const { id } = BROADCAST;

describe("a down topic of another shape is foreign", () => {
  test.each([
    "",
    "loa/1",
    "loa/1/",
    "loa/2/trust/root/1",
    "LOA/1/trust/root/1",
    "/loa/1/trust/root/1",
    "loa/1/trust/root/1/",
    "loa/1/trust/root/",
    "loa/1/trust/root",
    "loa/1/trust/root/0",
    "loa/1/trust/root/01",
    "loa/1/trust/root/1000000000",
    "loa/1/trust/root/1\n",
    "loa/1/trust/policy/1",
    `loa/1/area/${AREA}/revoked`,
    `loa/1/area/${AREA}/revoked/ubnd.an-phu/x`,
    `loa/1/area/${AREA}/beacon/Ubnd`,
    `loa/1/area/${AREA}/index/+`,
    `loa/1/gateway/${GATEWAY}/down/time`,
    `loa/1/gateway/${GATEWAY}/down/time/+`,
    `loa/1/gateway/${GATEWAY}/down/time/AAAAAAAAAAAAAAAAAAAAAB`,
    `loa/1/gateway/${GATEWAY}/down/time/AAAAAAAAAAAAAAAAAAAAAA/x`,
    `loa/1/area/${AREA}/live/${id}`,
    `loa/1/area/${AREA}/emergency/${id}/`,
    `loa/1/area/${AREA}/emergency/${id}/x`,
    `loa/1/area/${AREA}/emergency/${id.toLowerCase()}`,
    `loa/1/area/${AREA}/emergency/+`,
    `loa/1/area/+/emergency/${id}`,
    `loa/1/area//emergency/${id}`,
    `loa/1/area/Xa-An-Phu/emergency/${id}`,
    `loa/1/area/${"a".repeat(33)}/emergency/${id}`,
    `loa/1/area/x\u0430/emergency/${id}`,
    `loa/1/gateway/${GATEWAY}/down/config`,
    `loa/1/gateway/${GATEWAY}/up/placement`,
    `loa/1/gateway/${GATEWAY}/down/placement/`,
    "loa/1/gateway/0123456789ai/down/placement",
    "loa/1/gateway/0123456789abc/down/placement",
    "loa/1/gateway/#/down/placement",
  ])("%j", (topic) => {
    expect(parseDownTopic(topic)).toBeUndefined();
  });
});

describe("a chunk topic of another shape is foreign", () => {
  test.each([
    `loa/1/audio/${AUDIO.hash}`,
    `loa/1/audio/${AUDIO.hash}/`,
    `loa/1/audio/${AUDIO.hash}/00`,
    `loa/1/audio/${AUDIO.hash}/-1`,
    `loa/1/audio/${AUDIO.hash}/512`,
    `loa/1/audio/${AUDIO.hash}/1e1`,
    `loa/1/audio/${AUDIO.hash}/1/2`,
    `loa/1/audio/${AUDIO.hash.slice(1)}/1`,
    // Loose base64url: the last character has a bit that no 32 bytes could set.
    `loa/1/audio/${"A".repeat(42)}B/1`,
  ])("%j", (topic) => {
    expect(parseChunkTopic(topic)).toBeUndefined();
  });
});

describe("an up topic of another shape is foreign", () => {
  test.each([
    `loa/1/gateway/${GATEWAY}/up`,
    `loa/1/gateway/${GATEWAY}/up/state/`,
    `loa/1/gateway/${GATEWAY}/up/state/x`,
    `loa/1/gateway/${GATEWAY}/up/receipt`,
    `loa/1/gateway/${GATEWAY}/up/receipt/${id}/x`,
    `loa/1/gateway/${GATEWAY}/up/alarm`,
    `loa/1/gateway/${GATEWAY}/up/alarm/fire`,
    `loa/1/gateway/${GATEWAY}/up/command/${id}`,
    `loa/1/gateway/${GATEWAY}/down/state`,
    "loa/1/gateway/+/up/state",
  ])("%j", (topic) => {
    expect(parseUpTopic(topic)).toBeUndefined();
  });
});

describe("no topic is built from what is not an id", () => {
  test.each(["+", "#", "", "a/b", "a#", "a+b", "\u0000", "A", `${AREA}\n`])("%j", (value) => {
    expect(() => broadcastTopic(value, true, id)).toThrow(TypeError);
    expect(() => broadcastTopic(AREA, false, value)).toThrow(TypeError);
    expect(() => chunkTopic(value, 0)).toThrow(TypeError);
    expect(() => placementTopic(value)).toThrow(TypeError);
    expect(() => evidenceAckTopic(value)).toThrow(TypeError);
    expect(() => stateTopic(value)).toThrow(TypeError);
    expect(() => receiptTopic(GATEWAY, value)).toThrow(TypeError);
    expect(() => emergencyFilter(value)).toThrow(TypeError);
    expect(() => broadcastFilter(value)).toThrow(TypeError);
    expect(() => gatewayDownFilters(value)).toThrow(TypeError);
  });

  test.each([-1, 512, 0.5, Number.NaN, 1e21])("chunk %d", (n) => {
    expect(() => chunkTopic(AUDIO.hash, n)).toThrow(TypeError);
  });

  test.each([0, -1, 1.5, 1_000_000_000])("root version %d", (version) => {
    expect(() => rootTopic(version)).toThrow(TypeError);
  });
});

test("topics and filters are written as the protocol says", () => {
  expect(rootTopic(1)).toBe("loa/1/trust/root/1");
  expect(trustFilters()).toEqual(["loa/1/trust/root/+", "loa/1/trust/policy"]);
  expect(areaDocumentFilters(AREA)).toEqual(
    ["revoked", "beacon", "index"].map((kind) => `loa/1/area/${AREA}/${kind}/+`),
  );
  expect(emergencyFilter(AREA)).toBe(`loa/1/area/${AREA}/emergency/+`);
  expect(broadcastFilter(AREA)).toBe(`loa/1/area/${AREA}/broadcast/+`);
  expect(gatewayDownFilters(GATEWAY)).toEqual([
    `loa/1/gateway/${GATEWAY}/down/placement`,
    `loa/1/gateway/${GATEWAY}/down/evidence-ack`,
    `loa/1/gateway/${GATEWAY}/down/time/+`,
  ]);
  expect(allUpFilter()).toBe("loa/1/gateway/+/up/#");
  expect(alarmTopic(GATEWAY, "output-missing")).toBe(`loa/1/gateway/${GATEWAY}/up/alarm/output-missing`);
});
