import * as v from "valibot";
import { BYTES_16, BYTES_32, CODE, GATEWAY_ID, ISSUER, NAME, ULID, ZONE_ID } from "../patterns.ts";

/** Ends in 2106: sums with durations, and milliseconds, stay far inside the safe integers. */
const LAST_UNIX_SECOND = 0xffff_ffff;

export function integer(minimum: number, maximum: number) {
  return v.pipe(v.number(), v.safeInteger(), v.minValue(minimum), v.maxValue(maximum));
}

export function text(pattern: RegExp) {
  return v.pipe(v.string(), v.regex(pattern));
}

export const count = integer(0, Number.MAX_SAFE_INTEGER);
export const positive = integer(1, Number.MAX_SAFE_INTEGER);
export const u32 = integer(0, 0xffff_ffff);
export const unixSeconds = integer(0, LAST_UNIX_SECOND);
export const unixMs = integer(0, LAST_UNIX_SECOND * 1000 + 999);

export const gatewayId = text(GATEWAY_ID);
export const zoneId = text(ZONE_ID);
export const areaId = text(CODE);
export const zoneTag = text(CODE);
export const level = text(CODE);
export const issuer = text(ISSUER);
export const ulid = text(ULID);
export const hash = text(BYTES_32);
export const publicKey = text(BYTES_32);
export const kid = text(BYTES_16);
export const nonce = text(BYTES_16);
export const name = text(NAME);
export const timeZone = v.pipe(v.string(), v.maxLength(64), v.regex(/^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/));
export const itemKey = v.object({ issuer, id: ulid });

/** Text of one line, for people and logs. Escape sequences of a signed stranger must not reach a terminal. */
export function line(maximum: number) {
  return v.pipe(
    v.string(),
    v.minLength(1),
    v.maxLength(maximum),
    v.check((value) => !/\p{Cc}/u.test(value), "control characters"),
  );
}

/** Text of several lines. */
export function prose(maximum: number) {
  return v.pipe(
    v.string(),
    v.maxLength(maximum),
    v.check((value) => !/[^\P{Cc}\t\n]/u.test(value), "control characters"),
  );
}

export const label = line(200);

export function list<Item extends v.GenericSchema>(item: Item, minimum: number, maximum: number) {
  return v.pipe(v.array(item), v.minLength(minimum), v.maxLength(maximum));
}

export function areDistinct(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}

/** A list of plain values, none of them twice. */
export function distinctList<Item extends v.GenericSchema>(item: Item, minimum: number, maximum: number) {
  return v.pipe(
    v.array(item),
    v.minLength(minimum),
    v.maxLength(maximum),
    v.check((values) => areDistinct(values), "a value twice"),
  );
}

const critical = v.optional(list(line(64), 1, 16));

/** Of every down message; each adds its `type`. */
export const downMembers = {
  version: v.literal(1),
  id: ulid,
  issuer,
  level,
  sequence: count,
  issuedAt: unixSeconds,
  notBefore: unixSeconds,
  expiresAt: unixSeconds,
  critical,
};

/** Of every up message; each adds its `type`. */
export const upMembers = { version: v.literal(1), gateway: gatewayId, issuedAt: unixSeconds, critical };

/** Unknown members are ignored, unless the sender says that they must not be. */
export function understood<Message extends { critical?: string[] | undefined }>(
  members: v.ObjectEntries,
): v.CheckAction<Message, string> {
  return v.check(
    ({ critical = [] }) => critical.every((member) => Object.hasOwn(members, member)),
    "critical names an unknown member",
  );
}

export function endsAfterItBegins<
  Message extends { issuedAt: number; notBefore: number; expiresAt: number },
>(): v.CheckAction<Message, string> {
  return v.check(
    ({ issuedAt, notBefore, expiresAt }) => expiresAt > notBefore && expiresAt > issuedAt,
    "expiresAt must be later than notBefore and issuedAt",
  );
}
