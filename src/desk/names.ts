import type { AreaKind } from "../domain/broadcast.ts";
import { deskFailure, type FailureText } from "./failure.ts";

export const AREA_ID = /^[a-z0-9-]{1,32}$/;
export const AREA_KINDS: readonly AreaKind[] = ["nation", "province", "commune", "special", "test"];

/** Narrower than the contract's pattern: an issuer's name is also a folder's name, so it begins with a letter or digit. */
const ISSUER = /^[a-z0-9][a-z0-9.-]{0,63}$/;
const ZONE_ID = /^z([1-9]|1[0-6])$/;
const TAG = /^[a-z0-9-]{1,32}$/;
const GATEWAY_ID = /^[0-9a-hjkmnp-tv-z]{12}$/;
const CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz";

/** The issuer that `desk root` makes for the desk's own work: placing gateways and acknowledging their evidence. */
export const OPERATIONS = "operations";
/** Holds the keys that `desk serve` signs with while nobody is there. */
export const SERVICE = "desk serve";

export function areaId(text: string): string {
  return matching(AREA_ID, text, "desk.name.area");
}

export function areaKind(text: string): AreaKind {
  const kind = AREA_KINDS.find((candidate) => candidate === text);
  if (kind === undefined) {
    throw deskFailure("desk.name.areaKind", { text, kinds: AREA_KINDS.join(", ") }, "usage");
  }
  return kind;
}

export function issuerName(text: string): string {
  return matching(text === "root" ? /^$/ : ISSUER, text, "desk.name.issuer");
}

export function gatewayId(text: string): string {
  return matching(GATEWAY_ID, text, "desk.name.gateway");
}

export function zoneId(text: string): string {
  return matching(ZONE_ID, text, "desk.name.zone");
}

export function zoneTag(text: string): string {
  return matching(TAG, text, "desk.name.tag");
}

/** 60 random bits as 12 characters: says nothing of place or order. */
export function gatewayIdFrom(randomBytes: Uint8Array): string {
  return Array.from(randomBytes.subarray(0, 12), (byte) => CROCKFORD.charAt(byte & 31)).join("");
}

/** One line that people will read in logs and on screens (PROTOCOL.md, section 4.2). */
export function holderName(text: string): string {
  const name = text.trim().normalize("NFC");
  if (name.length >= 1 && name.length <= 100 && !/\p{Cc}/u.test(name)) return name;
  throw deskFailure("desk.name.holder", { text }, "usage");
}

/** What is left of a holder's name in a file's: `Nguyễn Thị Lan` → `nguyen-thi-lan`. */
export function plainName(holder: string): string {
  const letters = holder.normalize("NFD").replaceAll(/\p{M}/gu, "").toLowerCase().replaceAll("đ", "d");
  return letters.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "");
}

/** @throws AgentFailure `usage` that tells the allowed form */
function matching(pattern: RegExp, text: string, form: FailureText): string {
  if (pattern.test(text)) return text;
  throw deskFailure(form, { text }, "usage");
}
