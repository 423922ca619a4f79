import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { BUILT_IN_POLICY, type Policy } from "../../src/core/policy.ts";
import { type AuthorityRequest, createAuthority, type Delegating } from "../../src/desk/delegate.ts";
import { deskFolder } from "../../src/desk/folder.ts";
import { Keyring } from "../../src/desk/keyring.ts";
import { type BroadcastRequest, composeOrder } from "../../src/desk/order.ts";
import { previewOf } from "../../src/desk/preview.ts";
import { createRoot, readRoot } from "../../src/desk/root.ts";
import { CHUNK_BYTES } from "../../src/domain/broadcast.ts";
import { isAgentFailure } from "../../src/domain/failure.ts";
import type { PlacedArea, Placement } from "../../src/domain/trust.ts";
import { openDown, seal } from "../../src/wire/envelope.ts";
import { FakeChance } from "../fakes/chance.ts";
import { always, TEST_KEY_COST } from "../fakes/passphrases.ts";

const NOW_MS = Date.UTC(2026, 10, 24);
const moment = { nowMs: NOW_MS, chance: new FakeChance() };

const audio = {
  hash: "A".repeat(43),
  sizeBytes: 1,
  chunkBytes: CHUNK_BYTES,
  chunkHashes: "A".repeat(22),
  mediaType: "audio/ogg",
  durationMs: 20_000,
} as const;

const province: PlacedArea = { id: "tinh-a", kind: "province", within: [] };
const hoaBinh: PlacedArea = { id: "xa-hoa-binh", kind: "commune", within: ["tinh-a"] };
const anKhe: PlacedArea = { id: "xa-an-khe", kind: "commune", within: ["tinh-a"] };

function placement(
  gateway: string,
  commune: PlacedArea,
  zones: Readonly<Record<string, readonly string[]>>,
): Placement {
  return {
    ...{ version: 1, type: "placement", id: "01J8Z0M3E8Q4T6V9X2B5N7R1CD", issuer: "operations", level: "province" },
    ...{ sequence: 1, issuedAt: NOW_MS / 1000, notBefore: NOW_MS / 1000, expiresAt: NOW_MS / 1000 + 9_999_999 },
    gateway,
    areas: [province, commune],
    commune: commune.id,
    zones: Object.entries(zones).map(([id, tags]) => ({ id, tags, gainCentiDb: 0, emergencyGainCentiDb: 0 })),
    brokers: ["mqtts://broker.example.org"],
    timeZone: "Asia/Ho_Chi_Minh",
  };
}

const placements = [
  placement("aaaaaaaaaaaa", hoaBinh, { z1: ["market"], z2: ["school"] }),
  placement("bbbbbbbbbbbb", hoaBinh, { z1: [] }),
  placement("cccccccccccc", anKhe, { z1: ["market"] }),
];

const commune: AuthorityRequest = {
  ...{ name: "ubnd.hoa-binh", holder: "chairman", level: "commune", areas: ["xa-hoa-binh"] },
  ...{ classMax: "emergency", severityMax: 1, uses: ["broadcast"], days: 90 },
};

const routine: BroadcastRequest = {
  ...{ class: "routine", severity: 0, status: "actual", to: ["xa-hoa-binh"], tags: [], title: "Bản tin" },
  ...{ language: "vi", expiresInSeconds: 7_200 },
};

async function deskWithRoot(): Promise<Delegating> {
  const path = mkdtempSync(join(tmpdir(), "loa-desk-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  const folder = deskFolder(path);
  const desk = {
    folder,
    keys: new Keyring(always(), TEST_KEY_COST),
    audit: { record: () => {} },
    policy: BUILT_IN_POLICY,
  };
  await createRoot(desk, { holders: ["chairwoman"], threshold: 1 }, moment);
  return desk;
}

/** What each gateway would make of it: its zones' fate in one word. */
async function fates(
  request: Partial<BroadcastRequest>,
  issuer: Partial<AuthorityRequest> = {},
  gateways: { readonly policy?: Policy; readonly nowMs?: number } = {},
): Promise<Record<string, string>> {
  const { policy = BUILT_IN_POLICY, nowMs = NOW_MS } = gateways;
  const desk = await deskWithRoot();
  const authority = await createAuthority(desk, { ...commune, ...issuer }, placements, moment);
  const order = composeOrder({ ...routine, ...request }, audio, authority.delegation.subject, moment);
  const envelope = seal(order, [authority.signer], order.issuedAt, authority.chain);
  const topic = { kind: "broadcast", area: "any", emergency: order.class === "emergency", id: order.id } as const;
  const opened = openDown(envelope, topic);
  if (opened.kind === "refused" || opened.sealed.payload.type !== "broadcast") throw new Error("not a broadcast");
  const sealed = { ...opened.sealed, payload: opened.sealed.payload };
  return Object.fromEntries(
    previewOf(sealed, placements, { root: readRoot(desk.folder), policy }, nowMs).map((preview) => [
      preview.placement.gateway,
      preview.kind === "taken" ? `${preview.standing.class} ${preview.standing.severity}` : preview.objection.code,
    ]),
  );
}

test("the gateways of the area, and nobody else, take it", async () => {
  expect(await fates({})).toEqual({ aaaaaaaaaaaa: "routine 0", bbbbbbbbbbbb: "routine 0" });
});

test("only gateways with a tagged zone", async () => {
  expect(await fates({ tags: ["market"] })).toEqual({ aaaaaaaaaaaa: "routine 0" });
});

test("an area beyond the issuer's own is refused by those who stand in it", async () => {
  expect(await fates({ to: ["xa-an-khe"] })).toEqual({ cccccccccccc: "scope-area" });
});

test("a commune's emergency needs nobody else; its own severity 1 with one signature counts as 2", async () => {
  expect(await fates({ class: "emergency", severity: 2 })).toMatchObject({ aaaaaaaaaaaa: "emergency 2" });
  expect(await fates({ class: "emergency", severity: 1 })).toMatchObject({ aaaaaaaaaaaa: "emergency 2" });
});

test("an emergency for the whole province lacks its second holder", async () => {
  const provincial = { name: "dai-tinh", level: "province", areas: ["tinh-a"] };
  expect(await fates({ class: "emergency", severity: 2, to: ["tinh-a"] }, provincial)).toEqual({
    aaaaaaaaaaaa: "quorum",
    bbbbbbbbbbbb: "quorum",
    cccccccccccc: "quorum",
  });
});

test("what lives too long, or is more urgent than the key may be, is refused", async () => {
  expect(await fates({ expiresInSeconds: 40 * 86_400 })).toMatchObject({ aaaaaaaaaaaa: "limit" });
  const mild = { classMax: "priority", severityMax: 0 } as const;
  expect(await fates({ class: "emergency", severity: 3 }, mild)).toMatchObject({ aaaaaaaaaaaa: "scope-class" });
});

test("a test sounds where tests are meant to be heard: here nowhere", async () => {
  expect(await fates({ status: "test" })).toEqual({});
});

async function beyond(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return false;
  } catch (error) {
    return isAgentFailure(error) && error.code === "desk-invalid";
  }
}

test("an issuer under another one gets no more than that one has", async () => {
  const desk = await deskWithRoot();
  const make = (request: Partial<AuthorityRequest>) =>
    createAuthority(desk, { ...commune, ...request }, placements, moment);
  await make({
    name: "dai-tinh",
    level: "province",
    areas: ["tinh-a"],
    severityMax: 2,
    uses: ["broadcast", "delegate"],
    days: 30,
  });
  const below = { under: "dai-tinh", severityMax: 2 } as const;

  const good = await make({ ...below, name: "ubnd.hoa-binh", days: 90 });
  expect(good.chain).toHaveLength(2);
  expect(good.delegation.expiresAt).toBe(NOW_MS / 1000 + 30 * 86_400);

  expect(await beyond(() => make({ ...below, name: "too-severe", severityMax: 1 }))).toBe(true);
  expect(await beyond(() => make({ ...below, name: "too-much", uses: ["control"] }))).toBe(true);
  expect(await beyond(() => make({ ...below, name: "too-high", level: "nation" }))).toBe(true);
  expect(await beyond(() => make({ ...below, name: "below-a-leaf", under: "ubnd.hoa-binh" }))).toBe(true);
  expect(await beyond(() => make({ ...below, name: "ubnd.hoa-binh" }))).toBe(true);
});

test("an order that comes with a key of this very second is taken by a clock that is half a minute behind", async () => {
  expect(await fates({}, {}, { nowMs: NOW_MS - 30_000 })).toMatchObject({ aaaaaaaaaaaa: "routine 0" });
  expect(await fates({}, {}, { nowMs: NOW_MS - 90_000 })).toMatchObject({ aaaaaaaaaaaa: "not-yet" });
});

test("a link holds no earlier than those above it", async () => {
  const desk = await deskWithRoot();
  const earlier = { ...moment, nowMs: NOW_MS - 30_000 };
  const { delegation } = await createAuthority(desk, commune, placements, earlier);
  expect(delegation.notBefore).toBe(readRoot(desk.folder).root.notBefore);
});

test("a gateway judges by the policy that it was sent", async () => {
  const policy = { ...BUILT_IN_POLICY, lifeSeconds: { ...BUILT_IN_POLICY.lifeSeconds, routine: 3_600 } };
  expect(await fates({}, {}, { policy })).toMatchObject({ aaaaaaaaaaaa: "limit" });
});

test("an issuer for one commune can't hand out another, though it may hand out its own", async () => {
  const desk = await deskWithRoot();
  const above = { name: "huyen", level: "province", uses: ["broadcast", "delegate"] } as const;
  await createAuthority(desk, { ...commune, ...above }, placements, moment);
  const give = (name: string, area: string) => () =>
    createAuthority(desk, { ...commune, name, areas: [area], under: above.name }, placements, moment);
  expect(await beyond(give("ubnd.an-khe", "xa-an-khe"))).toBe(true);
  expect(await beyond(give("ubnd.hoa-binh", "xa-hoa-binh"))).toBe(false);
});
