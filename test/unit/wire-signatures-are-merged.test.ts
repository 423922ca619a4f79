import { expect, test } from "vitest";
import { openDown, seal } from "../../src/wire/envelope.ts";
import { mergeSignatures } from "../../src/wire/merge.ts";
import { aBroadcast, aDelegation, aKey, topicOf } from "../fakes/builders.ts";

const root = aKey("gốc");
const signers = ["một", "hai", "ba", "bốn", "năm"].map((holder) => aKey(holder));
const order = aBroadcast();

function signedBy(...numbers: readonly number[]): Uint8Array {
  const keys = numbers.flatMap((number) => signers[number] ?? []);
  const chain = keys.map((key) => JSON.parse(Buffer.from(seal(aDelegation(key), [root], order.issuedAt)).toString()));
  return seal(order, keys, order.issuedAt, chain);
}

function kidsOf(envelope: Uint8Array | undefined): readonly string[] {
  const opened = envelope && openDown(envelope, topicOf(order));
  if (opened?.kind !== "opened") throw new Error("not an envelope");
  return opened.sealed.signatures.map(({ header }) => header.kid).toSorted();
}

function kids(...numbers: readonly number[]): readonly string[] {
  return numbers.flatMap((number) => signers[number]?.kid ?? []).toSorted();
}

test("two envelopes around the same octets become one with the signatures and links of both", () => {
  expect(kidsOf(mergeSignatures(signedBy(0), signedBy(1)))).toEqual(kids(0, 1));
  expect(kidsOf(mergeSignatures(signedBy(0, 1), signedBy(1, 2)))).toEqual(kids(0, 1, 2));
});

test("of one key the later signature and link count, so a renewed chain takes the place of the old one", () => {
  const renewed = signedBy(0, 1);
  const merged = mergeSignatures(signedBy(0), renewed);
  expect(JSON.parse(Buffer.from(merged ?? []).toString())).toEqual(JSON.parse(Buffer.from(renewed).toString()));
});

test("nothing comes of no other key, of other octets, or of too many", () => {
  expect(mergeSignatures(signedBy(0, 1), signedBy(1))).toBeUndefined();
  const other = aBroadcast();
  expect(mergeSignatures(signedBy(0), seal(other, [aKey()], other.issuedAt))).toBeUndefined();
  expect(mergeSignatures(signedBy(0, 1, 2), signedBy(3, 4))).toBeUndefined();
});
