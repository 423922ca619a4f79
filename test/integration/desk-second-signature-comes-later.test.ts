import { expect, test } from "vitest";
import { planBroadcast, publishBroadcast, type SignedRequest } from "../../src/desk/broadcast.ts";
import { assess, cosign, findShared, keepDraft, publish } from "../../src/desk/cosign.ts";
import { writeDraft } from "../../src/desk/draft.ts";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import { planCancel, publishIntervention } from "../../src/desk/intervention.ts";
import type { OutboundMessage } from "../../src/domain/ports.ts";
import { BULLETIN, COMMUNE, deskBench, ISSUER, makeIssuer, type OpenDesk, thisMoment } from "./support/desk.ts";

const [LAN, MINH] = ["Nguyễn Thị Lan", "Trần Văn Minh"] as const;

/** A commune's desk with two holders of its issuer, and a link that takes everything. */
async function commune() {
  const { desk } = await deskBench();
  const gateway = { gateway: "7k3m9q2w5x8y", serial: "unknown", commune: COMMUNE, areas: [] };
  await enrolGateway(desk, { ...gateway, zones: [{ id: "z1", tags: [] }] }, thisMoment());
  for (const holder of [LAN, MINH]) await makeIssuer(desk, { holder, severityMax: 1, uses: ["broadcast", "control"] });
  const published: OutboundMessage[] = [];
  const link = {
    publish: async (message: OutboundMessage) => {
      published.push(message);
      return { kind: "acknowledged" } as const;
    },
  };
  return { desk, link, published };
}

const extreme: SignedRequest = {
  ...{ issuer: ISSUER, holder: LAN, class: "emergency", severity: 1, status: "actual", to: [COMMUNE], tags: [] },
  ...{ title: "Vỡ đê", language: "vi", expiresInSeconds: 3_600, audioPath: BULLETIN },
};

function signaturesAtTheBroker(desk: OpenDesk, topic: string): number {
  const { payload } = desk.database.retained.find(topic) ?? { payload: Buffer.from("{}") };
  return JSON.parse(Buffer.from(payload).toString()).signatures.length;
}

test("a commune's most severe emergency goes at once as the next lower, and rises when the second signs", async () => {
  const { desk, link, published } = await commune();
  const planned = await planBroadcast(desk, extreme, thisMoment());
  expect(planned).toMatchObject({ isShort: false, severity: 2, order: { severity: 1 } });
  await publishBroadcast(desk, planned, link, thisMoment());
  const [message] = planned.messages;
  const topic = message?.topic ?? "";
  expect(signaturesAtTheBroker(desk, topic)).toBe(1);
  published.length = 0;

  const shared = findShared(desk, planned.order.id);
  const signed = assess(desk, await cosign(desk, shared, undefined, thisMoment()), thisMoment());
  expect(signed.planned).toMatchObject({ severity: 1, signatures: { holders: [LAN, MINH] } });
  expect(signed.planned.payloadHash).toBe(planned.payloadHash);
  await publish(desk, signed, link, thisMoment());
  // The same topic with the same octets, and nothing of the sound again.
  expect(published.map((one) => one.topic)).toEqual([topic]);
  expect(signaturesAtTheBroker(desk, topic)).toBe(2);
  await expect(cosign(desk, findShared(desk, planned.order.id), undefined, thisMoment())).rejects.toMatchObject({
    code: "desk-invalid",
  });
});

const dead = { publish: async () => ({ kind: "disconnected" }) as const };

test("a second signature that can't be sent leaves the order on air, and goes out with desk serve", async () => {
  const { desk, link } = await commune();
  const planned = await planBroadcast(desk, extreme, thisMoment());
  await publishBroadcast(desk, planned, link, thisMoment());
  const { id } = planned.order;
  const signed = assess(desk, await cosign(desk, findShared(desk, id), MINH, thisMoment()), thisMoment());
  await expect(publish(desk, signed, dead, thisMoment())).rejects.toMatchObject({
    ...{ code: "link-failed", hint: expect.stringContaining("desk serve") },
  });
  const [message] = planned.messages;
  expect(signaturesAtTheBroker(desk, message?.topic ?? "")).toBe(2);
  expect(desk.database.retained.find(message?.topic ?? "")).toMatchObject({ expiresAt: planned.order.expiresAt });
  expect(desk.database.broadcasts.find(id)).toMatchObject({ state: "sent" });
});

test("an order that was told to be unsent is not sent by a second signature, whose desk has no sound of it", async () => {
  const { desk, link, published } = await commune();
  const planned = await planBroadcast(desk, extreme, thisMoment());
  await expect(publishBroadcast(desk, planned, dead, thisMoment())).rejects.toThrow(/was not sent/);
  const { id } = planned.order;
  expect(() => findShared(desk, id)).toThrow(/was not sent/);
  const { envelope } = planned;
  const signed = assess(desk, { envelope: JSON.parse(Buffer.from(envelope).toString()) }, thisMoment());
  await expect(publish(desk, signed, link, thisMoment())).rejects.toMatchObject({ code: "desk-invalid" });
  expect(published).toEqual([]);
  // With its sound it may be tried again.
  await publishBroadcast(desk, planned, link, thisMoment());
  expect(published.map(({ topic }) => topic)).toEqual(
    [...planned.chunks, ...planned.messages].map(({ topic }) => topic),
  );
});

test("what was cancelled meanwhile is not put back by a second signature", async () => {
  const { desk, link, published } = await commune();
  const planned = await planBroadcast(desk, extreme, thisMoment());
  await publishBroadcast(desk, planned, link, thisMoment());
  const { id } = planned.order;
  const shared = findShared(desk, id);
  const cancel = await planCancel(desk, { id, issuer: ISSUER, holder: LAN }, thisMoment());
  await publishIntervention(desk, cancel, link, thisMoment());
  published.length = 0;
  // Minh has read it, and types his passphrase only now.
  const signed = assess(desk, await cosign(desk, shared, MINH, thisMoment()), thisMoment());
  await expect(publish(desk, signed, link, thisMoment())).rejects.toThrow(/was cancelled/);
  expect(() => findShared(desk, id)).toThrow(/was cancelled/);
  expect(published).toEqual([]);
  const [message] = planned.messages;
  expect(desk.database.retained.find(message?.topic ?? "")).toMatchObject({ expiresAt: 0 });
});

test("what came too late, or was changed on its way, is not signed", async () => {
  const { desk } = await commune();
  const planned = await planBroadcast(desk, extreme, thisMoment());
  const path = desk.folder.draft(planned.order.id);
  keepDraft(desk, path, { kind: "broadcast", planned }, thisMoment());
  const { draft } = findShared(desk, planned.order.id);

  const late = { ...thisMoment(), nowMs: Date.now() + 902_000 };
  await expect(cosign(desk, { draft, path }, MINH, late)).rejects.toThrow("too late");
  await expect(cosign(desk, { draft, path }, LAN, thisMoment())).rejects.toMatchObject({ code: "desk-invalid" });

  writeDraft(path, { ...draft, audio: Buffer.from("another sound") });
  const swapped = findShared(desk, path);
  await expect(cosign(desk, swapped, MINH, thisMoment())).rejects.toThrow("not the one that was signed");
  const payload = Buffer.from(draft.envelope.payload, "base64url").toString().replace("Vỡ đê", "Báo yên");
  writeDraft(path, { ...draft, envelope: { ...draft.envelope, payload: Buffer.from(payload).toString("base64url") } });
  await expect(cosign(desk, findShared(desk, path), MINH, thisMoment())).rejects.toMatchObject({
    code: "desk-invalid",
  });
  expect(() => findShared(desk, "01JD3W9K2M4N6P8Q0R1S2T3V4W")).toThrow("no draft");
});
