import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import * as v from "valibot";
import type { EnrolmentBundle, Voucher } from "../domain/enrolment.ts";
import { BYTES_16, BYTES_32, GATEWAY_ID, HARDWARE_SERIAL } from "./patterns.ts";

/** A name or an address; what it is worth, the certificate says. */
const HOST = /^[A-Za-z0-9.:-]{1,253}$/;
const text = (pattern: RegExp) => v.pipe(v.string(), v.regex(pattern));
const pem = v.pipe(v.string(), v.startsWith("-----BEGIN CERTIFICATE-----"), v.maxLength(16_384));

const bundleSchema: v.GenericSchema<unknown, EnrolmentBundle> = v.strictObject({
  format: v.literal("loa-bundle-1"),
  gateway: text(GATEWAY_ID),
  serial: text(HARDWARE_SERIAL),
  publicKey: text(BYTES_32),
  brokers: v.pipe(
    v.array(v.pipe(v.string(), v.startsWith("mqtts://"), v.maxLength(255))),
    v.minLength(1),
    v.maxLength(8),
  ),
  root: v.string(),
  placement: v.string(),
  certificate: pem,
  authority: pem,
});

/** Undefined for what is no bundle. */
export function readBundle(bytes: Uint8Array): EnrolmentBundle | undefined {
  try {
    const reading = v.safeParse(bundleSchema, JSON.parse(Buffer.from(bytes).toString("utf8")));
    return reading.success ? reading.output : undefined;
  } catch {
    return undefined;
  }
}

/** One line that can be typed, read out, or drawn as a QR code: `loa1:GATEWAY:SERIAL:HOST:PORT:PIN:SECRET`. */
export function voucherText({ gateway, serial, host, port, pin, secret }: Voucher): string {
  return ["loa1", gateway, serial.replaceAll(":", "%3A"), host.replaceAll(":", "%3A"), port, pin, secret].join(":");
}

/** Undefined for what is no voucher. */
export function readVoucher(line: string): Voucher | undefined {
  const [kind, gateway = "", serialText = "", hostText = "", portText = "", pin = "", secret = "", ...more] = line
    .trim()
    .split(":");
  const [serial, host] = [serialText.replaceAll("%3A", ":"), hostText.replaceAll("%3A", ":")];
  const port = /^[1-9][0-9]{0,4}$/.test(portText) ? Number(portText) : 0;
  const isWhole =
    kind === "loa1" &&
    more.length === 0 &&
    GATEWAY_ID.test(gateway) &&
    HARDWARE_SERIAL.test(serial) &&
    HOST.test(host) &&
    port >= 1 &&
    port <= 65_535 &&
    BYTES_32.test(pin) &&
    BYTES_16.test(secret);
  return isWhole ? { gateway, serial, host, port, pin, secret } : undefined;
}

/** Short enough to be read out over a telephone: both sides show it of the root that everything else follows from. */
export function fingerprint(envelope: string | Uint8Array): string {
  const digest = createHash("sha256").update(envelope).digest("hex").slice(0, 24);
  return digest.replaceAll(/(.{4})(?!$)/g, "$1 ");
}
