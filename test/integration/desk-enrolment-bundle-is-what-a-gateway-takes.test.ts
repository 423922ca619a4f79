import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readEnrolment } from "../../src/config/enrolment.ts";
import { enrolledPlacementObjection, enrolledRootObjection } from "../../src/core/enrolment.ts";
import { BUILT_IN_POLICY } from "../../src/core/policy.ts";
import { createDesk } from "../../src/desk/desk.ts";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import { isAgentFailure } from "../../src/domain/failure.ts";
import { openPlacement, openRoot } from "../../src/wire/envelope.ts";
import { always } from "../fakes/passphrases.ts";
import { COMMUNE, deskBench, thisMoment } from "./support/desk.ts";

const GATEWAY = "7k3m9q2w5x8y";
const request = {
  gateway: GATEWAY,
  serial: "10000000a1b2c3d4",
  commune: COMMUNE,
  areas: [{ id: "thon-3", kind: "special" } as const],
  zones: [{ id: "z1", tags: ["market"] }],
};

function everyFile(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

test("root and placement of the bundle are believed, and its certificates are the desk's", async () => {
  const { desk } = await deskBench();
  const { bundle } = await enrolGateway(desk, request, thisMoment());

  const enrolment = readEnrolment(bundle);
  expect(enrolment).toMatchObject({ gateway: GATEWAY, serial: request.serial, brokers: [desk.settings.broker] });
  const clock = { state: "sync", nowMs: Date.now() } as const;
  const root = openRoot(enrolment.rootEnvelope);
  const placement = openPlacement(enrolment.placementEnvelope);
  if (root.kind === "refused" || placement.kind === "refused") throw new Error("refused");
  expect(enrolledRootObjection(root.sealed, clock)).toBeUndefined();
  const trust = { gateway: GATEWAY, root: root.sealed.payload, policy: BUILT_IN_POLICY, clock };
  expect(enrolledPlacementObjection(placement.sealed, trust)).toBeUndefined();
  expect(placement.sealed.payload.areas).toEqual([
    { id: "tinh-a", kind: "province", within: [] },
    { id: COMMUNE, kind: "commune", within: ["tinh-a"] },
    { id: "thon-3", kind: "special", within: [COMMUNE] },
  ]);

  const ca = new X509Certificate(enrolment.tls.caPem);
  const own = new X509Certificate(enrolment.tls.certPem);
  expect(own.subject).toBe(`CN=${GATEWAY}`);
  expect(own.checkIssued(ca) && own.verify(ca.publicKey)).toBe(true);
  expect([ca.ca, own.ca]).toEqual([true, false]);
  const server = new X509Certificate(readFileSync(path.join(desk.folder.broker, "server-cert.pem")));
  expect(server.checkIP("127.0.0.1") !== undefined && server.verify(ca.publicKey)).toBe(true);
});

test("every private key is its owner's alone, and nothing else is secret", async () => {
  const { desk, folder } = await deskBench();
  await enrolGateway(desk, request, thisMoment());
  const secret = everyFile(folder).filter((file) => readFileSync(file).includes("PRIVATE KEY"));
  expect(secret.map((file) => path.relative(folder, file)).sort()).toEqual([
    "broker/server-key.pem",
    `gateways/${GATEWAY}/gateway-key.pem`,
    `gateways/${GATEWAY}/tls-key.pem`,
    "tls/ca-key.pem",
    "tls/desk-key.pem",
  ]);
  for (const file of secret) expect(statSync(file).mode & 0o077).toBe(0);
});

async function refusal(act: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    return isAgentFailure(error) ? error.code : String(error);
  }
}

test("a gateway is enrolled once, a root is made once, and a failed attempt leaves nothing behind", async () => {
  const { desk, folder } = await deskBench();
  await enrolGateway(desk, request, thisMoment());
  const before = everyFile(folder).length;
  expect(await refusal(() => enrolGateway(desk, request, thisMoment()))).toBe("desk-invalid");

  const twice = { ...request, gateway: "aaaaaaaaaaaa", areas: [{ id: COMMUNE, kind: "special" } as const] };
  expect(await refusal(() => enrolGateway(desk, twice, thisMoment()))).toBe("usage");
  const again = { ...desk.settings, path: folder, holders: ["An"], threshold: 1, passphrases: always() };
  expect(await refusal(() => createDesk(again, thisMoment()))).toBe("desk-invalid");
  const badBroker = { ...again, path: `${folder}-2`, broker: "mqtt://127.0.0.1" };
  expect(await refusal(() => createDesk(badBroker, thisMoment()))).toBe("usage");
  expect(everyFile(folder)).toHaveLength(before);
  expect(readdirSync(path.dirname(folder))).toEqual(["desk", "passphrase"]);
});

test("a commune's own desk enrols gateways in that commune", async () => {
  const { desk } = await deskBench();
  const { placement } = await enrolGateway(desk, { ...request, commune: "tinh-a", areas: [] }, thisMoment());
  expect(placement.areas).toEqual([{ id: "tinh-a", kind: "commune", within: [] }]);
});
