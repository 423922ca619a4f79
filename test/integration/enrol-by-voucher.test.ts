import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import https from "node:https";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { readHardwareSerial } from "../../src/adapters/hardware-serial.ts";
import { FileSigner } from "../../src/adapters/signer.ts";
import { readEnrolment } from "../../src/config/enrolment.ts";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import { makeVoucher } from "../../src/desk/voucher.ts";
import type { Voucher } from "../../src/domain/enrolment.ts";
import { askDesk } from "../../src/enrol/ask.ts";
import { makeOwnKeys } from "../../src/enrol/own-keys.ts";
import { seal } from "../../src/wire/envelope.ts";
import { listenForTest } from "./support/broker.ts";
import { TestAuthority } from "./support/certificates.ts";
import { loa } from "./support/cli.ts";
import { COMMUNE, deskBench, type OpenDesk, thisMoment } from "./support/desk.ts";
import { emptyFolder, enrolmentService, refusalOf, SERIAL, SITE } from "./support/enrolment.ts";

const HOUR_MS = 3_600_000;

async function voucherOf(desk: OpenDesk, port: number, gateway = SITE.gateway): Promise<Voucher> {
  return (await makeVoucher(desk, { ...SITE, gateway }, { host: "127.0.0.1", port }, thisMoment())).voucher;
}

/** As openssl makes it, signed with its own key. */
function requestOfCurve(curve: string): string {
  const keyFile = path.join(emptyFolder(), "key.pem");
  const key = ["-newkey", "ec", "-pkeyopt", `ec_paramgen_curve:${curve}`, "-nodes", "-keyout", keyFile];
  return execFileSync("openssl", ["req", "-new", ...key, "-subj", "/CN=box"], { encoding: "utf8", stdio: "pipe" });
}

/** A box that never installs what it gets: it asks again and again with the same keys. */
async function box(serial = SERIAL): Promise<{ ask: (voucher: Voucher) => ReturnType<typeof askDesk> }> {
  const { request } = await makeOwnKeys(path.join(emptyFolder(), "enrolment"), serial, Date.now());
  return { ask: (voucher) => askDesk(voucher, request) };
}

test("a voucher brings the bundle over the network, by the commands that people type", async () => {
  const { desk, folder } = await deskBench();
  const { port, events } = await enrolmentService(desk);
  const site = ["--commune", COMMUNE, "--zones", "z1", "--serial", readHardwareSerial(), "--at", `127.0.0.1:${port}`];
  const made = await loa("desk", "voucher", "--desk", folder, ...site, "--json");
  expect(made.stderr).toBe("");
  const { gateway, voucher, rootFingerprint } = JSON.parse(made.stdout);
  const enrolment = path.join(emptyFolder(), "enrolment");
  const enrolled = await loa("enrol", "--enrolment", enrolment, "--voucher", voucher, "--json");
  expect(enrolled.stderr).toBe("");
  expect(JSON.parse(enrolled.stdout)).toMatchObject({ gateway, rootFingerprint });
  expect(readEnrolment(enrolment, process.getuid?.())).toMatchObject({ gateway, serial: readHardwareSerial() });
  expect(desk.database.register.find(gateway)).toMatchObject({ serial: readHardwareSerial() });
  expect(events.at(-1)).toMatchObject({ event: "enrolled", gateway, again: false });
  expect(desk.audit.read()).toMatchObject({
    entries: expect.arrayContaining([expect.objectContaining({ act: "voucher" })]),
  });

  const secret = voucher.split(":").at(-1);
  for (const file of ["desk.sqlite", "desk.sqlite-wal", "audit.jsonl"]) {
    expect(readFileSync(path.join(folder, file)).includes(secret)).toBe(false);
  }
});

test("a lost answer may be asked for again by the same box, and by no other", async () => {
  const { desk } = await deskBench();
  const { port, events } = await enrolmentService(desk);
  const voucher = await voucherOf(desk, port);
  const [mine, other] = [await box(), await box()];
  const [first, second] = await Promise.all([mine.ask(voucher), mine.ask(voucher)]);
  expect(second).toEqual(first);
  expect(await refusalOf(() => other.ask(voucher))).toMatch(/^enrolment-invalid: .*was used by another key/);
  expect(events.slice(-1)).toMatchObject([{ event: "enrolment-refused", code: "used", gateway: SITE.gateway }]);
  expect(desk.database.register.all()).toHaveLength(1);
});

test("a power cut in the office between two steps of an enrolment leaves nothing half done", async () => {
  const { desk } = await deskBench();
  const { port, faults } = await enrolmentService(desk);
  const { vouchers, register } = desk.database;
  const voucher = await voucherOf(desk, port);
  const mine = await box();
  const cut = vi.spyOn(vouchers, "use").mockImplementationOnce(() => {
    throw new Error("the power went here");
  });
  expect(await refusalOf(() => mine.ask(voucher))).toMatch(/^link-failed/);
  expect(faults).toHaveLength(1);
  expect(register.all()).toEqual([]);
  expect(await mine.ask(voucher)).toMatchObject({ gateway: SITE.gateway });
  expect(register.all()).toHaveLength(1);
  expect([cut.mock.calls.length, faults.length]).toEqual([2, 1]);
});

test("a request for a certificate that can't be given is refused, and the service goes on", async () => {
  const { desk } = await deskBench();
  const { port, events, faults } = await enrolmentService(desk);
  const voucher = await voucherOf(desk, port);
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const ask = (certificateRequest: string) => {
    const own = { version: 1, type: "enrolment-request", issuedAt: 1, serial: SERIAL } as const;
    const request = { ...own, publicKey: publicKey.export({ format: "jwk" }).x ?? "", certificateRequest };
    return askDesk(voucher, seal(request, [new FileSigner(privateKey)], own.issuedAt));
  };
  expect(await refusalOf(() => ask(requestOfCurve("secp384r1")))).toMatch(/^enrolment-invalid/);
  const refusal = { event: "enrolment-refused", code: "request", gateway: SITE.gateway };
  expect(events.at(-1)).toMatchObject({ ...refusal, detail: expect.stringContaining("prime256v1") });
  const empty = "-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n";
  expect(await refusalOf(() => ask(empty))).toMatch(/^enrolment-invalid/);
  expect(faults).toEqual([]);
  expect(desk.database.register.all()).toEqual([]);
  expect(await ask(requestOfCurve("prime256v1"))).toMatchObject({ gateway: SITE.gateway });
});

test("a voucher for a gateway that was enrolled by hand meanwhile is used up", async () => {
  const { desk } = await deskBench();
  const { port, faults } = await enrolmentService(desk);
  const voucher = await voucherOf(desk, port);
  await enrolGateway(desk, SITE, thisMoment());
  const enrolled = desk.database.register.all();
  expect(await refusalOf(async () => (await box()).ask(voucher))).toMatch(/was used by another key/);
  expect(faults).toEqual([]);
  expect(desk.database.register.all()).toEqual(enrolled);
});

test("a voucher is worth nothing to another board, with a wrong secret, or after 72 hours", async () => {
  const { desk } = await deskBench();
  const { port } = await enrolmentService(desk);
  const later = await enrolmentService(desk, 72 * HOUR_MS);
  const justInTime = await enrolmentService(desk, 72 * HOUR_MS - 60_000);
  const voucher = await voucherOf(desk, port);
  const mine = await box();
  expect(await refusalOf(async () => (await box("another-box")).ask(voucher))).toMatch(/is for another box/);
  const guessed = { ...voucher, secret: Buffer.alloc(16, 7).toString("base64url") };
  expect(await refusalOf(() => mine.ask(guessed))).toMatch(/does not know this voucher/);
  expect(await refusalOf(() => mine.ask({ ...voucher, gateway: "aaaaaaaaaaaa" }))).toMatch(
    /does not know this voucher/,
  );
  expect(await refusalOf(() => mine.ask({ ...voucher, port: later.port }))).toMatch(/has run out/);
  expect(desk.database.register.all()).toEqual([]);
  expect(await mine.ask({ ...voucher, port: justInTime.port })).toMatchObject({ gateway: SITE.gateway });
});

test("who tries too often from one address has to wait", async () => {
  const { desk } = await deskBench();
  const { port } = await enrolmentService(desk);
  const voucher = await voucherOf(desk, port);
  const mine = await box();
  const guess = (n: number) => ({ ...voucher, secret: Buffer.alloc(16, n).toString("base64url") });
  const refusals: string[] = [];
  for (let n = 0; n < 11; n += 1) refusals.push(await refusalOf(() => mine.ask(guess(n))));
  expect(refusals.slice(0, 10).every((words) => words.includes("does not know this voucher"))).toBe(true);
  expect(refusals.at(-1)).toContain("too many requests");
  // The right one too: nobody can tell a guess from a box before it is looked at.
  expect(await refusalOf(() => mine.ask(voucher))).toContain("too many requests");
  expect(desk.database.register.all()).toEqual([]);
});

test("a stranger in the service's place hears nothing of the voucher", async () => {
  const { desk } = await deskBench();
  const stranger = new TestAuthority("loa desk CA");
  const { certFile, keyFile } = stranger.issueServer();
  const cert = readFileSync(certFile, "utf8") + readFileSync(stranger.certFile, "utf8");
  let heard = 0;
  const server = https.createServer({ cert, key: readFileSync(keyFile) }, () => {
    heard += 1;
  });
  server.on("secureConnection", (socket) =>
    socket.on("data", () => {
      heard += 1;
    }),
  );
  const port = Number(new URL((await listenForTest(server, "mqtts")).replace("mqtts", "https")).port);
  const voucher = await voucherOf(desk, port);
  const mine = await box();
  expect(await refusalOf(() => mine.ask(voucher))).toMatch(/^link-failed: .*another CA/);
  expect(heard).toBe(0);
  stranger.remove();
});
