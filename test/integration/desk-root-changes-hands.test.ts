import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { authenticate, rootHolders, rootKeyring } from "../../src/core/chain.ts";
import { type PlannedBroadcast, planBroadcast, publishBroadcast } from "../../src/desk/broadcast.ts";
import { assess, cosign, findShared, keepDraft, publish } from "../../src/desk/cosign.ts";
import { type AuthorityRequest, createAuthority } from "../../src/desk/delegate.ts";
import { createDesk, type Desk, openDesk } from "../../src/desk/desk.ts";
import { readDraft } from "../../src/desk/draft.ts";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import { planCancel, publishIntervention } from "../../src/desk/intervention.ts";
import { keyFilesIn } from "../../src/desk/key-file.ts";
import { type KeyOwner, Keyring, type Passphrases } from "../../src/desk/keyring.ts";
import type { Moment } from "../../src/desk/moment.ts";
import { builtInMembers, sentMembers } from "../../src/desk/policy-members.ts";
import { planPolicy } from "../../src/desk/root-document.ts";
import { planRotation } from "../../src/desk/rotation.ts";
import { gatherWitnesses } from "../../src/desk/witnesses.ts";
import { isAgentFailure } from "../../src/domain/failure.ts";
import type { OutboundMessage } from "../../src/domain/ports.ts";
import { openDown, openPlacement, openRoot } from "../../src/wire/envelope.ts";
import { parseDownTopic, placementTopic, policyTopic, rootTopic } from "../../src/wire/topics.ts";
import { TEST_KEY_COST } from "../fakes/passphrases.ts";
import { BULLETIN, COMMUNE, ISSUER, makeIssuer, thisMoment } from "./support/desk.ts";

const GATEWAY = "7k3m9q2w5x8y";
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

test("a policy that no gateway could read is not signed", async () => {
  const { open } = await office();
  const odd = { ...builtInMembers(), levels: [] };
  await expect(planPolicy(open(), odd, thisMoment())).rejects.toMatchObject({ code: "desk-invalid" });
});

const [LAN, MINH] = ["Nguyễn Thị Lan", "Trần Văn Minh"] as const;

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
