import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { connectAsync } from "mqtt";
import { expect, onTestFinished, test, vi } from "vitest";
import { NO_HARDWARE, readHardwareSerial } from "../../src/adapters/hardware-serial.ts";
import { readEnrolment } from "../../src/config/enrolment.ts";
import { answerRequest, readEnrolmentRequest } from "../../src/desk/enrolment-request.ts";
import { placeNew } from "../../src/desk/placing.ts";
import { installBundle } from "../../src/enrol/install.ts";
import { makeOwnKeys, readOwnKeys } from "../../src/enrol/own-keys.ts";
import { readBundle } from "../../src/wire/enrolment.ts";
import { tellingFsyncEnvironment } from "../rig/build.ts";
import { loa } from "./support/cli.ts";
import { COMMUNE, deskBench, type OpenDesk, thisMoment } from "./support/desk.ts";
import { emptyFolder, refusalOf, SERIAL, SITE } from "./support/enrolment.ts";
import { fingerprint as stateOf } from "./support/stores.ts";

/** Runs one command for its one JSON document. */
async function said(...args: readonly string[]): Promise<Record<string, string>> {
  const { code, stdout, stderr } = await loa(...args, "--json");
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

async function sign(desk: OpenDesk, request: Uint8Array, gateway = SITE.gateway) {
  const placed = await placeNew(desk, { ...SITE, gateway }, thisMoment());
  return await answerRequest(desk, readEnrolmentRequest(request), { ...placed, serial: SERIAL }, thisMoment());
}

test("request out, bundle in: the box is enrolled with keys that nobody else has seen", async () => {
  const { desk, broker, folder } = await deskBench();
  await broker.start();
  const [box, stick] = [emptyFolder(), emptyFolder()];
  const enrolment = path.join(box, "enrolment");
  const here = ["--enrolment", enrolment];
  const asked = await said("enrol", ...here, "request", "--out", stick);
  const again = await said("enrol", ...here, "request", "--out", stick);
  expect(again).toEqual(asked);
  expect(asked["serial"]).toBe(readHardwareSerial());

  const site = ["--commune", COMMUNE, "--zones", "z1,z2=market"];
  const signed = await said("desk", "enrol", asked["request"] ?? "", "--desk", folder, ...site);
  const installed = await said("enrol", ...here, "install", signed["bundle"] ?? "");
  expect(installed).toMatchObject({ gateway: signed["gateway"], rootFingerprint: signed["rootFingerprint"] });

  for (const file of readdirSync(stick)) expect(readFileSync(path.join(stick, file), "utf8")).not.toContain("PRIVATE");
  expect(readdirSync(box)).toEqual(["enrolment"]);
  for (const key of ["gateway-key.pem", "tls-key.pem"]) {
    expect(statSync(path.join(enrolment, key)).mode & 0o777).toBe(0o600);
  }
  const { gateway, serial, brokers, tls } = readEnrolment(enrolment, process.getuid?.());
  expect(serial).toBe(asked["serial"]);
  expect(desk.database.register.find(gateway)).toMatchObject({ serial, commune: COMMUNE });
  const client = await connectAsync(brokers[0] ?? "", {
    ...{ protocolVersion: 5, clientId: gateway, reconnectPeriod: 0 },
    ...{ ca: tls.caPem, cert: tls.certPem, key: tls.keyPem },
  });
  expect(client.connected).toBe(true);
  await client.endAsync();
});

test("people see id and serial number as text and as a QR code, on both sides", async () => {
  const { folder } = await deskBench();
  const [box, stick] = [emptyFolder(), emptyFolder()];
  const here = ["--enrolment", path.join(box, "enrolment")];
  const asked = await loa("enrol", ...here, "request", "--out", stick);
  const [request = ""] = readdirSync(stick);
  const site = ["--commune", COMMUNE, "--zones", "z1", "--id", SITE.gateway];
  const signed = await loa("desk", "enrol", path.join(stick, request), "--desk", folder, ...site);
  const bundle = path.join(stick, `loa-bundle-${SITE.gateway}.json`);
  const installed = await loa("enrol", ...here, "install", bundle);
  for (const { code, stdout } of [asked, signed, installed]) {
    expect(code).toBe(0);
    expect(stdout).toContain(readHardwareSerial());
    expect(stdout).toMatch(/[█▀▄ ]{20}/);
  }
  for (const { stdout } of [signed, installed]) expect(stdout).toContain(SITE.gateway);
  if (readHardwareSerial() === NO_HARDWARE) expect(asked.stderr).toContain("nothing binds the enrolment to it");
});

test("a request that was altered, or is not its sender's, is not signed", async () => {
  const { desk } = await deskBench();
  const [mine, other] = [
    await makeOwnKeys(path.join(emptyFolder(), "enrolment"), SERIAL, Date.now()),
    await makeOwnKeys(path.join(emptyFolder(), "enrolment"), SERIAL, Date.now()),
  ];
  const [envelope, others] = [mine, other].map(({ request }) => JSON.parse(Buffer.from(request).toString()));
  const payload = JSON.parse(Buffer.from(envelope.payload, "base64url").toString());
  const altered = (changes: object) =>
    Buffer.from(JSON.stringify({ ...envelope, payload: encoded({ ...payload, ...changes }) }));
  const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  for (const bytes of [
    altered({ serial: "another" }),
    altered({ publicKey: other.publicKey }),
    altered({ certificateRequest: "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n" }),
    Buffer.from(JSON.stringify({ ...envelope, signatures: others.signatures })),
    Buffer.from("{}"),
  ]) {
    expect(await refusalOf(() => sign(desk, bytes))).toMatch(/^desk-invalid: the request can't be taken/);
  }
  expect(desk.database.register.all()).toEqual([]);
  const elsewhere = await makeOwnKeys(path.join(emptyFolder(), "enrolment"), "another-box", Date.now());
  expect(await refusalOf(() => sign(desk, elsewhere.request))).toMatch(/from the hardware another-box/);
  expect(desk.database.register.all()).toEqual([]);
});

test("a bundle of another box, another request or another office is refused, and nothing changes", async () => {
  const [{ desk }, { desk: stranger }] = [await deskBench(), await deskBench()];
  const enrolment = path.join(emptyFolder(), "enrolment");
  const keys = await makeOwnKeys(enrolment, SERIAL, Date.now());
  const other = await makeOwnKeys(path.join(emptyFolder(), "enrolment"), SERIAL, Date.now());
  const bundle = await sign(desk, keys.request);
  const ofOther = await sign(desk, other.request, "aaaaaaaaaaaa");
  const ofStranger = await sign(stranger, keys.request);
  const before = stateOf(keys.folder);
  const install = (changes: object) =>
    installBundle({ ...bundle, ...changes }, { keys, serial: SERIAL, enrolment, nowMs: Date.now() });
  for (const [changes, reason] of [
    [{ serial: "another" }, "for the hardware another"],
    [ofOther, "answers another request"],
    [{ gateway: "aaaaaaaaaaaa" }, "placement: a placement for 7k3m9q2w5x8y"],
    [{ root: ofStranger.root }, "placement:"],
    [{ placement: ofStranger.placement }, "placement:"],
    [{ certificate: ofOther.certificate }, "certificate: made out to aaaaaaaaaaaa"],
    [{ authority: ofStranger.authority }, "certificate: of another CA"],
    [{ certificate: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" }, "certificate:"],
  ] as const) {
    const refusal = await refusalOf(() => install(changes));
    expect(refusal).toMatch(/^enrolment-invalid: /);
    expect(refusal).toContain(reason);
  }
  expect(stateOf(keys.folder)).toEqual(before);
  expect(readdirSync(path.dirname(enrolment))).toEqual([path.basename(keys.folder)]);
  await install({});
  expect(readEnrolment(enrolment)).toMatchObject({ gateway: SITE.gateway, serial: SERIAL });
  expect(readOwnKeys(enrolment)).toBeUndefined();
});

test("enrolled anew, a box keeps the id of its evidence's epoch and puts the old folder aside", async () => {
  const { desk } = await deskBench();
  const parent = emptyFolder();
  const enrolment = path.join(parent, "enrolment");
  mkdirSync(enrolment);
  writeFileSync(path.join(enrolment, "epoch"), "01M85DMB00000000000000000E");
  const keys = await makeOwnKeys(enrolment, SERIAL, Date.now());
  const bundle = readBundle(Buffer.from(JSON.stringify(await sign(desk, keys.request))));
  if (bundle === undefined) throw new Error("the desk's own bundle can't be read");
  await installBundle(bundle, { keys, serial: SERIAL, enrolment, nowMs: Date.now() });
  expect(readFileSync(path.join(enrolment, "epoch"), "utf8")).toBe("01M85DMB00000000000000000E");
  expect(readdirSync(parent)).toEqual(["enrolment", expect.stringMatching(/^enrolment\.until-2/)]);
});

test("keys and folder are on the disk before they take their place: the technician may pull the plug at once", async () => {
  const { folder } = await deskBench();
  const box = emptyFolder();
  const log = path.join(box, "syncs");
  for (const [name, value] of Object.entries(await tellingFsyncEnvironment(log))) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const enrolment = path.join(box, "enrolment");
  const here = ["--enrolment", enrolment];
  const asked = await said("enrol", ...here, "request", "--out", box);
  const keys = readdirSync(`${enrolment}.keys`);
  const site = ["--commune", COMMUNE, "--zones", "z1"];
  const signed = await said("desk", "enrol", asked["request"] ?? "", "--desk", folder, ...site);
  await said("enrol", ...here, "install", signed["bundle"] ?? "");

  for (const [target, names] of [
    [`${enrolment}.keys`, keys],
    [enrolment, readdirSync(enrolment)],
  ] as const) {
    const lines = readFileSync(log, "utf8").split("\n");
    const moved = lines.indexOf(`rename ${target}`);
    const before = lines.slice(0, moved).map((line) => line.replace(/\.[^./]*(enrolment[^/]*)-[^/]{6}/, "$1"));
    for (const name of names) expect(before, name).toContain(`sync ${path.join(target, name)}`);
    expect(before).toContain(`sync ${target}`);
    expect(lines.slice(moved)).toContain(`sync ${box}`);
  }
});
