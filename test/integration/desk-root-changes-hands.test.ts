import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { authenticate, rootHolders, rootKeyring } from "../../src/core/chain.ts";
import { verifyDown } from "../../src/core/verify.ts";
import { type PlannedBroadcast, planBroadcast, publishBroadcast } from "../../src/desk/broadcast.ts";
import { assess, cosign, findShared, keepDraft, publish } from "../../src/desk/cosign.ts";
import { type AuthorityRequest, createAuthority } from "../../src/desk/delegate.ts";
import { createDesk, type Desk, openDesk } from "../../src/desk/desk.ts";
import { readDraft } from "../../src/desk/draft.ts";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import type { DeskFolder } from "../../src/desk/folder.ts";
import { planCancel, publishIntervention } from "../../src/desk/intervention.ts";
import { keyFilesIn, writeKeyFile } from "../../src/desk/key-file.ts";
import { type KeyOwner, Keyring, type Passphrases } from "../../src/desk/keyring.ts";
import type { Moment } from "../../src/desk/moment.ts";
import { OPERATIONS } from "../../src/desk/names.ts";
import { placeNew } from "../../src/desk/placing.ts";
import { builtInMembers, sentMembers } from "../../src/desk/policy-members.ts";
import { planRevocation, publishRevocation } from "../../src/desk/revocation.ts";
import { type PlannedRootDocument, planPolicy } from "../../src/desk/root-document.ts";
import { planRotation } from "../../src/desk/rotation.ts";
import { gatherWitnesses } from "../../src/desk/witnesses.ts";
import { isAgentFailure } from "../../src/domain/failure.ts";
import type { OutboundMessage, Signer } from "../../src/domain/ports.ts";
import type { Delegation, Root } from "../../src/domain/trust.ts";
import { type EnvelopeJson, openDown, openPlacement, openRoot, seal } from "../../src/wire/envelope.ts";
import { areaDocumentTopic, parseDownTopic, placementTopic, policyTopic, rootTopic } from "../../src/wire/topics.ts";
import { aKey, aTrustWorld } from "../fakes/builders.ts";
import { TEST_KEY_COST } from "../fakes/passphrases.ts";
import { BULLETIN, COMMUNE, ISSUER, makeIssuer, thisMoment } from "./support/desk.ts";

const GATEWAY = "7k3m9q2w5x8y";
const stranger = aKey("người lạ");
const [LAN, MINH, NAM] = ["Nguyễn Thị Lan", "Trần Văn Minh", "Bùi Văn Nam"] as const;
const [AN, BINH, CHAU, HOA] = ["Lê Văn An", "Trần Thị Bình", "Phạm Minh Châu", "Đỗ Thị Hoa"] as const;

/** Everyone knows his own passphrase only; the test sees who was asked. */
class Office implements Passphrases {
  readonly asked: string[] = [];
  readonly absent = new Set<string>();

  async *forOpening({ holder }: KeyOwner) {
    this.asked.push(holder);
    yield this.absent.has(holder) ? "nobody knows this one" : `chỉ ${holder} mới biết`;
  }

  async forNewKey({ holder }: KeyOwner) {
    return `chỉ ${holder} mới biết`;
  }
}

async function office() {
  const parent = mkdtempSync(path.join(tmpdir(), "loa-desk-"));
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }));
  const people = new Office();
  const folder = path.join(parent, "desk");
  await createDesk(
    {
      ...{ path: folder, broker: "mqtts://127.0.0.1:8883", timeZone: "Asia/Ho_Chi_Minh", passphrases: people },
      ...{ holders: [AN, BINH, CHAU], threshold: 2, keyCost: TEST_KEY_COST },
      territory: { id: "tinh-a", kind: "province" },
    },
    thisMoment(),
  );
  const published: OutboundMessage[] = [];
  const link = {
    publish: async (message: OutboundMessage) => {
      published.push(message);
      return { kind: "acknowledged" } as const;
    },
  };
  /** As a command opens it: nobody's key is open yet. */
  const open = (): Desk => {
    const desk = openDesk(folder, Date.now(), people);
    onTestFinished(() => desk.close());
    people.asked.length = 0;
    return { ...desk, keys: new Keyring(people, TEST_KEY_COST) };
  };
  return { parent, people, published, link, open };
}

function placementOf(desk: Desk) {
  const stored = desk.database.retained.find(placementTopic(GATEWAY));
  const opened = openPlacement(stored?.payload ?? new Uint8Array());
  if (opened.kind === "refused") throw new Error(opened.detail);
  return opened.sealed;
}

const commune = {
  ...{ gateway: GATEWAY, serial: "unknown", commune: COMMUNE, areas: [] },
  zones: [{ id: "z1", tags: [] }],
};

const aService: Omit<AuthorityRequest, "name"> = {
  ...{
    holder: LAN,
    level: "commune",
    areas: [COMMUNE],
    classMax: "routine",
    severityMax: 0,
    uses: ["broadcast"],
    days: 90,
  },
};

/** The keys of `desk serve` open by their own file: that is not what is tried here. */
async function withGateway(desk: Desk): Promise<void> {
  await enrolGateway(desk, commune, thisMoment());
}

test("two of three holders sign for the root, whoever they are; one alone does not", async () => {
  const { parent, people, open } = await office();
  const desk = open();
  const issuer: AuthorityRequest = {
    ...{ name: "ubnd.hoa-binh", holder: "Lan", level: "commune", areas: ["xa-hoa-binh"] },
    ...{ classMax: "routine", severityMax: 0, uses: ["broadcast"], days: 90 },
  };
  await createAuthority(desk, issuer, [], thisMoment());
  expect(people.asked).toEqual([AN, BINH]);

  // An's stick is not plugged in.
  const [[file = ""] = []] = [...keyFilesIn(desk.folder.rootKeys)].filter(([, { key }]) => key.holder === AN);
  renameSync(file, path.join(parent, "stick"));
  const second = open();
  await createAuthority(second, { ...issuer, holder: "Minh" }, [], thisMoment());
  expect(people.asked).toEqual([BINH, CHAU]);

  people.absent.add(CHAU);
  const third = open();
  const refused = await createAuthority(third, { ...issuer, holder: "Nam" }, [], thisMoment()).catch((error) => error);
  expect(isAgentFailure(refused) && refused.message).toContain(CHAU);
  expect(
    third.audit
      .read()
      .entries.filter(({ act }) => act === "issuer")
      .map(({ detail }) => detail),
  ).toEqual(["operations", "desk serve", "Lan", "Minh"]);
});

test("the next root is signed by holders of both, and what was delegated goes on under it", async () => {
  const { people, published, link, open } = await office();
  await withGateway(open());
  const desk = open();
  const before = placementOf(desk);

  // An's key was stolen with its passphrase: it goes, and Hoa gets one.
  const planned = await planRotation(desk, { add: [HOA], remove: [AN] }, thisMoment());
  expect(planned).toMatchObject({ isShort: false, document: { rootVersion: 2, thresholds: { delegation: 2 } } });
  expect(planned.signatures.holders).toEqual([BINH, CHAU]);
  await publish(desk, { kind: "document", planned }, link, thisMoment());
  expect(people.asked).not.toContain(AN);

  const [first, ...rest] = published;
  expect(first?.topic).toBe(rootTopic(2));
  expect(rest.map(({ topic }) => topic)).toContain(placementTopic(GATEWAY));
  const next = openRoot(first?.payload ?? new Uint8Array());
  if (next.kind === "refused") throw new Error(next.detail);
  const root = next.sealed.payload;
  expect(rootHolders(next.sealed, rootKeyring(desk.root.root))?.size).toBe(2);

  const later = open();
  expect(later.root.root.rootVersion).toBe(2);
  const after = placementOf(later);
  // The same octets: a gateway that has it takes it for what it has, and a new one can follow its chain.
  expect(after.payloadHash).toBe(before.payloadHash);
  expect(authenticate(before, root).kind).toBe("unproven");
  expect(authenticate(after, root).kind).toBe("authentic");
  for (const topic of later.database.retained.activeTopics(0)) {
    const parsed = parseDownTopic(topic);
    if (parsed === undefined || parsed.kind === "root") continue;
    const opened = openDown(later.database.retained.find(topic)?.payload ?? new Uint8Array(), parsed);
    expect(opened.kind === "opened" && authenticate(opened.sealed, root).kind).toBe("authentic");
  }
  await enrolGateway(later, { ...commune, gateway: "aaaaaaaaaaaa" }, thisMoment());
});

test("a holder who is elsewhere signs the draft; with too few nothing is sent", async () => {
  const { people, published, link, open, parent } = await office();
  const desk = open();
  people.absent.add(BINH).add(CHAU);
  const tried = await planRotation(desk, { add: [], remove: [CHAU] }, thisMoment()).catch((error) => error);
  expect(isAgentFailure(tried) && tried.message).toContain(BINH);
  people.absent.clear();

  const files = [...keyFilesIn(desk.folder.rootKeys)].filter(([, { key }]) => key.holder !== AN);
  for (const [file] of files) renameSync(file, `${file}.away`);
  const policy = { ...builtInMembers(), emergencyPlayMs: 120_000 };
  const planned = await planPolicy(open(), policy, thisMoment());
  expect(planned).toMatchObject({ isShort: true, signatures: { holders: [AN], needed: 2 } });
  const draft = path.join(parent, "policy.json");
  keepDraft(desk, draft, { kind: "document", planned }, thisMoment());

  for (const [file] of files) renameSync(`${file}.away`, file);
  const elsewhere = open();
  const shared = { draft: readDraft(draft), path: draft };
  await expect(cosign(elsewhere, shared, AN, thisMoment())).rejects.toMatchObject({ code: "desk-invalid" });
  await expect(cosign(elsewhere, shared, undefined, thisMoment())).rejects.toThrow("several");
  const signed = assess(elsewhere, await cosign(elsewhere, shared, CHAU, thisMoment()), thisMoment());
  expect(signed.planned).toMatchObject({ isShort: false, signatures: { holders: [AN, CHAU] } });
  await publish(elsewhere, signed, link, thisMoment());
  expect(published.map(({ topic }) => topic)).toEqual([policyTopic()]);
  expect(sentMembers(elsewhere)).toEqual(policy);
});

test("the policy goes on under the next root: a box that is enrolled then runs by it", async () => {
  const { published, link, open } = await office();
  const before = open();
  const policy = await planPolicy(before, { ...builtInMembers(), quorum: { holders: 3 } }, thisMoment());
  expect(policy.signatures.holders).toContain(AN);
  await publish(before, { kind: "document", planned: policy }, link, thisMoment());
  published.length = 0;
  const desk = open();
  const rotation = await planRotation(desk, { add: [HOA], remove: [AN] }, thisMoment());
  await publish(desk, { kind: "document", planned: rotation }, link, thisMoment());

  const later = open();
  const { placement, bundle } = await enrolGateway(later, commune, thisMoment());
  const root = openRoot(readFileSync(path.join(bundle, "root.json")));
  if (root.kind === "refused") throw new Error(root.detail);
  const sent = published.find(({ topic }) => topic === policyTopic())?.payload ?? new Uint8Array();
  expect(later.database.retained.find(policyTopic())?.payload).toEqual(sent);
  const opened = openDown(sent, { kind: "policy" });
  if (opened.kind === "refused") throw new Error(opened.detail);
  const { context } = aTrustWorld({
    ...{ gateway: GATEWAY, placement, clock: { state: "sync", nowMs: Date.now() } },
    root: { root: root.sealed.payload, payloadHash: root.sealed.payloadHash },
  });
  expect(verifyDown(opened.sealed, { kind: "policy" }, context)).toMatchObject({ kind: "accepted", what: "policy" });
  // Who has it knows the octets.
  const known = { payloadHash: policy.payloadHash, sequence: policy.document.sequence };
  const has = { ...context, lastAccepted: () => known };
  expect(verifyDown(opened.sealed, { kind: "policy" }, has)).toEqual({ kind: "duplicate" });
});

test("what a key ordered that is put away, or with its holder, goes on under the next root; what a thief has does not", async () => {
  const { link, open } = await office();
  const desk = open();
  await enrolGateway(desk, commune, thisMoment());
  const province = { name: "ubnd.tinh-a", level: "province", areas: ["tinh-a"], severityMax: 1 } as const;
  await makeIssuer(desk, { holder: LAN });
  await makeIssuer(desk, { ...province, holder: MINH, uses: ["broadcast"] });
  await makeIssuer(desk, { ...province, holder: NAM, uses: ["revoke"] });
  const words = { title: "Bản tin chiều", language: "vi", expiresInSeconds: 7_200, audioPath: BULLETIN };
  const routine = { class: "routine", severity: 0, status: "actual", to: [COMMUNE], tags: [], ...words } as const;
  const orders: string[] = [];
  for (const speaker of [
    { issuer: ISSUER, holder: LAN },
    { issuer: province.name, holder: MINH },
  ]) {
    const planned = await planBroadcast(desk, { ...routine, ...speaker }, thisMoment());
    await publishBroadcast(desk, planned, link, thisMoment());
    orders.push(...planned.messages.map(({ topic }) => topic));
  }
  const now = Math.floor(Date.now() / 1000);
  for (const request of [
    { subject: ISSUER, holder: LAN, reason: "retired", from: now + 3_600 },
    { subject: province.name, holder: MINH, reason: "compromised", from: 1 },
  ] as const) {
    await publishRevocation(desk, await planRevocation(desk, request, thisMoment()), link, thisMoment());
  }
  const { envelope } = await placeNew(desk, { ...commune, gateway: "aaaaaaaaaaaa" }, thisMoment());
  const voucher = {
    gateway: "aaaaaaaaaaaa",
    serial: "unknown",
    secretHash: "",
    holder: OPERATIONS,
    expiresAt: now + 60,
  };
  desk.database.vouchers.put({ ...voucher, placementEnvelope: envelope }, 0);
  for (const name of [province.name, OPERATIONS]) {
    for (const file of keyFilesIn(desk.folder.issuer(name)).keys()) renameSync(file, `${file}.away`);
  }
  // Nobody who holds a root key signed this one.
  const slipped = linkBy(stranger, desk.root.root);
  const [[file = "", kept] = []] = [...keyFilesIn(desk.folder.rootKeys)];
  if (kept === undefined) throw new Error("no key file");
  writeKeyFile(path.join(desk.folder.issuer("ubnd.la"), path.basename(file)), { key: kept.key, chain: [slipped] });

  const rotation = await planRotation(open(), { add: [HOA], remove: [AN] }, thisMoment());
  await publish(open(), { kind: "document", planned: rotation }, link, thisMoment());
  const after = open();
  const stands = (topic: string, payload = after.database.retained.find(topic)?.payload) => {
    const parsed = parseDownTopic(topic);
    const opened = parsed && openDown(payload ?? new Uint8Array(), parsed);
    return opened?.kind === "opened" && authenticate(opened.sealed, after.root.root).kind;
  };
  expect(orders.map((topic) => stands(topic))).toEqual(["authentic", "unproven"]);
  const lists = [province.name, OPERATIONS].map((name) => areaDocumentTopic("revoked", "tinh-a", name));
  expect(lists.map((topic) => stands(topic))).toEqual(["authentic", "authentic"]);
  const { placementEnvelope } = after.database.vouchers.find("aaaaaaaaaaaa") ?? {};
  expect(stands(placementTopic("aaaaaaaaaaaa"), placementEnvelope)).toBe("authentic");
  const [unsigned] = [...keyFilesIn(after.folder.issuer("ubnd.la")).values()];
  expect(unsigned?.chain).toEqual([slipped]);
});

/** What is as it should be once the next root is in force here. */
async function expectSuccession(desk: Desk, planned: PlannedRootDocument): Promise<void> {
  expect(desk.root.payloadHash).toBe(planned.payloadHash);
  const { retained } = desk.database;
  expect(retained.find(rootTopic(2))?.payload).toEqual(planned.envelope);
  for (const topic of retained.activeTopics(0)) {
    const parsed = parseDownTopic(topic);
    if (parsed === undefined || parsed.kind === "root") continue;
    const opened = openDown(retained.find(topic)?.payload ?? new Uint8Array(), parsed);
    expect(opened.kind === "opened" && authenticate(opened.sealed, desk.root.root).kind, topic).toBe("authentic");
  }
  expect(openRoot(readFileSync(desk.folder.formerRoot(1)))).toMatchObject({ sealed: { payload: { rootVersion: 1 } } });
  expect(existsSync(desk.folder.succession)).toBe(false);
  const { entries, fault } = desk.audit.read();
  expect([entries.filter(({ act }) => act === "rotate").length, fault]).toEqual([1, undefined]);
  // By keys whose chains lead to it.
  const gateway = "bbbbbbbbbbbb";
  if (desk.database.register.find(gateway) === undefined) {
    await enrolGateway(desk, { ...commune, gateway }, thisMoment());
  }
}

interface Obstacle {
  put(folder: DeskFolder): void;
  takeAway(folder: DeskFolder): void;
}

/** Where a file is to be written beside. */
function inTheWayOf(path: (folder: DeskFolder) => string): Obstacle {
  return {
    put: (folder) => mkdirSync(`${path(folder)}.new`),
    takeAway: (folder) => rmdirSync(`${path(folder)}.new`),
  };
}

function sql(words: string) {
  return ({ database }: DeskFolder) => {
    const opened = new Database(database);
    opened.exec(words);
    opened.close();
  };
}

const SERVED = "ubnd.hoa-an";
const OBSTACLES: readonly (readonly [string, Obstacle])[] = [
  [
    "what the broker holds",
    {
      put: sql("CREATE TRIGGER obstacle BEFORE INSERT ON retained BEGIN SELECT RAISE(ABORT, 'no room'); END"),
      takeAway: sql("DROP TRIGGER obstacle"),
    },
  ],
  ["the chain of a key", inTheWayOf((folder) => path.join(folder.issuer(SERVED), "last.key"))],
  ["the former root", inTheWayOf((folder) => folder.formerRoot(1))],
  ["the root", inTheWayOf((folder) => folder.root)],
];

test.each(OBSTACLES)("a rotation that ends at %s is finished by the next command", async (_, obstacle) => {
  const { parent, published, link, open } = await office();
  const desk = open();
  await enrolGateway(desk, commune, thisMoment());
  const { keyPath } = await createAuthority(desk, { ...aService, name: SERVED }, [], thisMoment());
  renameSync(keyPath, path.join(desk.folder.issuer(SERVED), "last.key"));
  // The key that places gateways lies on a stick.
  const [[file = ""] = []] = [...keyFilesIn(desk.folder.issuer(OPERATIONS))];
  const stick = path.join(parent, "stick.key");
  renameSync(file, stick);
  symlinkSync(stick, file);

  const planned = await planRotation(desk, { add: [HOA], remove: [AN] }, thisMoment());
  obstacle.put(desk.folder);
  const ended = await publish(desk, { kind: "document", planned }, link, thisMoment()).catch((error) => error);
  expect(ended).toMatchObject({
    code: "desk-invalid",
    message: expect.stringContaining("not yet in force everywhere"),
  });
  expect(published).toEqual([]);
  expect(open).toThrow("not yet in force everywhere");
  const record = readFileSync(desk.folder.succession);

  obstacle.takeAway(desk.folder);
  await expectSuccession(open(), planned);
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
  // As if it had been ended right before the last step: all of it once more.
  writeFileSync(desk.folder.succession, record);
  const before = readFileSync(stick);
  await expectSuccession(open(), planned);
  expect(readFileSync(stick)).toEqual(before);
});

test("a rotation that can't be written down has not happened, and may be sent again", async () => {
  const { published, link, open } = await office();
  await withGateway(open());
  const desk = open();
  const planned = await planRotation(desk, { add: [HOA], remove: [AN] }, thisMoment());
  const obstacle = inTheWayOf((folder) => folder.succession);
  obstacle.put(desk.folder);
  await expect(publish(desk, { kind: "document", planned }, link, thisMoment())).rejects.toThrow("next.json");
  obstacle.takeAway(desk.folder);
  expect(published).toEqual([]);
  const later = open();
  expect(later.root.root.rootVersion).toBe(1);
  expect(later.database.retained.find(rootTopic(2))).toBeUndefined();
  expect(authenticate(placementOf(later), later.root.root).kind).toBe("authentic");
  await publish(later, { kind: "document", planned }, link, thisMoment());
  expect(open().root.payloadHash).toBe(planned.payloadHash);
});

test("of two rotations that were prepared side by side the second is refused", async () => {
  const { published, link, open } = await office();
  await withGateway(open());
  const [one, other] = [open(), open()];
  const first = await planRotation(one, { add: [HOA], remove: [AN, BINH] }, thisMoment());
  const second = await planRotation(other, { add: [NAM], remove: [AN, BINH] }, thisMoment());
  await publish(one, { kind: "document", planned: first }, link, thisMoment());
  published.length = 0;
  const draft = { envelope: JSON.parse(Buffer.from(second.envelope).toString()) };
  for (const late of [
    () => publish(other, { kind: "document", planned: second }, link, thisMoment()),
    () => publish(other, { kind: "document", planned: first }, link, thisMoment()),
    async () => assess(open(), draft, thisMoment()),
  ]) {
    await expect(late()).rejects.toThrow("version 2 of the root can't follow version 2");
  }
  expect(published).toEqual([]);
  const desk = open();
  await expectSuccession(desk, first);
  expect(desk.root.root.keys.map(({ holder }) => holder)).toEqual([CHAU, HOA]);
});

/** A delegation by somebody who says to be the root. */
function linkBy(signer: Signer, root: Root): EnvelopeJson {
  const { version, id, issuer, level, sequence, issuedAt, notBefore, expiresAt } = root;
  const subject = { publicKey: aKey().publicKey, holder: "ai đó", issuer: "ubnd.la", level: "province" };
  const common = { version, id, issuer, level, sequence, issuedAt, notBefore, expiresAt } as const;
  const uses = ["broadcast"] as const;
  const link: Delegation = {
    ...{ ...common, type: "delegation", subject, areas: ["tinh-a"], classMax: "emergency", severityMax: 1, uses },
  };
  return JSON.parse(Buffer.from(seal(link, [signer], issuedAt)).toString());
}

test("a policy that no gateway could read is not signed", async () => {
  const { open } = await office();
  const odd = { ...builtInMembers(), levels: [] };
  await expect(planPolicy(open(), odd, thisMoment())).rejects.toMatchObject({ code: "desk-invalid" });
});

/** An emergency of severity 1 for the market, ordered by Lan and Minh. */
async function emergencyOfTwo(desk: Desk, link: Parameters<typeof publish>[2]): Promise<PlannedBroadcast> {
  const words = { title: "Lũ về", language: "vi", expiresInSeconds: 7_200, audioPath: BULLETIN };
  const urgency = { class: "emergency", severity: 1, status: "actual" } as const;
  const request = { issuer: ISSUER, holder: LAN, ...urgency, to: [COMMUNE], tags: ["market"], ...words };
  const planned = await planBroadcast(desk, request, thisMoment());
  await publishBroadcast(desk, planned, link, thisMoment());
  const shared = findShared(desk, planned.order.id);
  const both = assess(desk, await cosign(desk, shared, MINH, thisMoment()), thisMoment());
  await publish(desk, both, link, thisMoment());
  return planned;
}

test("what was sent before a rotation is taken off by as many as it took, and counted where it was sent to", async () => {
  const { link, open } = await office();
  const desk = open();
  const zones = [
    { id: "z1", tags: ["market"] },
    { id: "z2", tags: [] },
  ];
  await enrolGateway(desk, { ...commune, zones }, thisMoment());
  for (const holder of [LAN, MINH]) {
    await makeIssuer(desk, { holder, severityMax: 1, uses: ["broadcast", "control"] });
  }
  const { order } = await emergencyOfTwo(desk, link);
  const over = await emergencyOfTwo(desk, link);
  const cancelled = await planCancel(desk, { id: over.order.id, issuer: ISSUER, holder: LAN }, thisMoment());
  expect(cancelled).toMatchObject({ isShort: true, signatures: { holders: [LAN] } });
  const shared = { draft: { envelope: JSON.parse(Buffer.from(cancelled.envelope).toString()) }, path: undefined };
  const byBoth = assess(desk, await cosign(desk, shared, MINH, thisMoment()), thisMoment());
  if (byBoth.kind !== "intervention") throw new Error(byBoth.kind);
  await publishIntervention(desk, byBoth.planned, link, thisMoment());

  // The next root holds from after the order was given.
  const later: Moment = { ...thisMoment(), nowMs: Date.now() + 600_000 };
  const rotation = await planRotation(desk, { add: [HOA], remove: [AN] }, later);
  await publish(desk, { kind: "document", planned: rotation }, link, later);
  const after = open();
  expect(after.root.root.notBefore).toBeGreaterThan(order.issuedAt);
  const alone = await planCancel(after, { id: order.id, issuer: ISSUER, holder: LAN }, later);
  expect(alone.isShort).toBe(true);
  // Of what was taken off, nobody signs a chain anew: it is told of all the same.
  for (const id of [order.id, over.order.id]) {
    expect(gatherWitnesses(after, id).witnesses).toMatchObject([{ gateway: GATEWAY, zones: ["z1"] }]);
  }
});

test("rules that came after an order take nothing back from it either", async () => {
  const { link, open } = await office();
  const desk = open();
  await enrolGateway(desk, { ...commune, zones: [{ id: "z1", tags: ["market"] }] }, thisMoment());
  for (const holder of [LAN, MINH]) await makeIssuer(desk, { holder, severityMax: 1 });
  const { order } = await emergencyOfTwo(desk, link);
  const policy = { ...builtInMembers(), quorum: { holders: 3, aloneInKind: "special" as const } };
  const planned = await planPolicy(desk, policy, thisMoment());
  await publish(desk, { kind: "document", planned }, link, thisMoment());
  const cancel = await planCancel(open(), { id: order.id, issuer: ISSUER, holder: LAN }, thisMoment());
  expect(cancel.isShort).toBe(true);
});
