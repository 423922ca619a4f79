import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Voucher } from "../domain/enrolment.ts";
import { isAgentFailure } from "../domain/failure.ts";
import { toUnixSeconds, type UnixSeconds } from "../domain/time.ts";
import { openPlacement } from "../wire/envelope.ts";
import type { Desk } from "./desk.ts";
import { enterInRegister } from "./enrolment.ts";
import { authorityPin, bundleFor, readEnrolmentRequest } from "./enrolment-request.ts";
import { deskFailure } from "./failure.ts";
import { DAY_SECONDS, type Moment } from "./moment.ts";
import { placeNew, type Site } from "./placing.ts";

const LIFE_SECONDS = 3 * DAY_SECONDS;
/** So long its gateway's id is not given out again by it. */
const REMEMBERED_SECONDS = 90 * DAY_SECONDS;

/**
 * A voucher for one box. Whoever places gateways signs now, with the passphrase; the service then only hands it out. What the
 * service does by itself is the certificate, with the CA's key: that lets a stranger onto the broker, and no sound out of a box.
 */
export async function makeVoucher(
  desk: Desk,
  site: Site,
  service: { readonly host: string; readonly port: number },
  moment: Moment,
): Promise<{ readonly voucher: Voucher; readonly expiresAt: UnixSeconds }> {
  const { gateway, serial } = site;
  if (desk.database.vouchers.find(gateway) !== undefined) throw deskFailure("desk.gateway.exists", { gateway });
  const { envelope, holder } = await placeNew(desk, site, moment);
  const now = toUnixSeconds(moment.nowMs);
  const expiresAt = now + LIFE_SECONDS;
  const secret = randomBytes(16).toString("base64url");
  const act = { act: "voucher", subject: gateway, holders: [holder], detail: `${site.commune} ${serial}` };
  desk.audit.record(act, moment.nowMs);
  desk.database.vouchers.put(
    { gateway, serial, secretHash: hashOf(secret), placementEnvelope: envelope, holder, expiresAt },
    now - REMEMBERED_SECONDS,
  );
  const pin = authorityPin(readFileSync(desk.folder.authority.certificatePath, "utf8"));
  return { voucher: { gateway, serial, secret, ...service, pin }, expiresAt };
}

/** What a box sends to the service. */
export interface Redemption {
  readonly gateway: string;
  readonly secret: string;
  /** The sealed request, as text. */
  readonly request: string;
}

export type RedemptionRefusal = "unknown" | "expired" | "used" | "serial" | "request";
export type Redeemed =
  | { readonly kind: "given"; readonly bundle: string; readonly serial: string; readonly again: boolean }
  /** `detail` is for the office: what is wrong with the request. */
  | { readonly kind: "refused"; readonly code: RedemptionRefusal; readonly detail?: string | undefined };

/**
 * Only who has the secret is told what is wrong. One at a time, or a voucher could be used twice. Whatever a box sends, it gets an
 * answer: what is thrown is a fault of the desk's own, and ends its service.
 */
export async function redeem(
  desk: Pick<Desk, "folder" | "root" | "database" | "audit">,
  { gateway, secret, request: text }: Redemption,
  moment: Pick<Moment, "nowMs">,
): Promise<Redeemed> {
  const { vouchers, register } = desk.database;
  const stored = vouchers.find(gateway);
  if (stored === undefined || !sameHash(stored.secretHash, hashOf(secret))) return refused("unknown");
  if (stored.expiresAt <= toUnixSeconds(moment.nowMs)) return refused("expired");
  const request = await unlessInvalid(() => readEnrolmentRequest(Buffer.from(text)));
  if (request.kind === "refused") return request;
  const { serial, publicKey } = request.value;
  if (serial !== stored.serial) return refused("serial");
  if (stored.bundle !== null) {
    const again = stored.usedBy === publicKey;
    return again ? { kind: "given", bundle: stored.bundle, serial, again } : refused("used");
  }
  const opened = openPlacement(stored.placementEnvelope);
  if (opened.kind === "refused") throw deskFailure("desk.damaged", { path: gateway, reason: opened.detail });
  const { placementEnvelope: envelope, holder } = stored;
  const placed = { placement: opened.sealed.payload, envelope, holder, serial: stored.serial };
  const made = await unlessInvalid(() => bundleFor(desk, request.value, placed));
  if (made.kind === "refused") return made;
  const bundle = JSON.stringify(made.value);
  return desk.database.transaction((): Redeemed => {
    // Somebody may have enrolled this gateway by hand since the voucher was made.
    const entered = register.find(gateway);
    if (entered !== undefined && entered.publicKey !== publicKey) return refused("used");
    if (entered === undefined) enterInRegister(desk, placed, request.value, moment);
    vouchers.use(gateway, publicKey, bundle);
    return { kind: "given", bundle, serial, again: false };
  });
}

type Refused = Extract<Redeemed, { readonly kind: "refused" }>;

async function unlessInvalid<Value>(
  work: () => Value | Promise<Value>,
): Promise<{ readonly kind: "good"; readonly value: Value } | Refused> {
  try {
    return { kind: "good", value: await work() };
  } catch (error) {
    if (isAgentFailure(error) && error.code === "desk-invalid") return refused("request", error.message);
    throw error;
  }
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

function sameHash(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

function refused(code: RedemptionRefusal, detail?: string): Refused {
  return { kind: "refused", code, detail };
}
