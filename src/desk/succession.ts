import { existsSync, readFileSync, realpathSync, rmSync } from "node:fs";
import * as v from "valibot";
import type { UnixSeconds } from "../domain/time.ts";
import type { Root } from "../domain/trust.ts";
import { writeDurably } from "../store/durable-file.ts";
import { type EnvelopeJson, openRoot, readEnvelope } from "../wire/envelope.ts";
import { envelopeSchema } from "../wire/envelope-shape.ts";
import { parseDownTopic, rootTopic } from "../wire/topics.ts";
import type { DeskDatabase } from "./database.ts";
import { deskFailure } from "./failure.ts";
import { type DeskFolder, issuersOf } from "./folder.ts";
import { keyPathsIn, readKeyFile, writeKeyFile } from "./key-file.ts";
import type { RetainedMessage } from "./retained.ts";
import { readRoot } from "./root.ts";

/** A root that follows, and what was signed anew for it: from here on no key is needed. */
export interface Succession {
  /** Of the root. */
  readonly envelope: Uint8Array;
  /** Delegations, and the policy. */
  readonly renewed: readonly EnvelopeJson[];
}

/** Where a succession takes place. */
export interface Estate {
  readonly folder: DeskFolder;
  readonly database: DeskDatabase;
}

const fileSchema = v.strictObject({
  format: v.literal("loa-succession-1"),
  root: v.string(),
  renewed: v.array(envelopeSchema),
});

/** Whether one has begun and is not finished. */
export function isSucceeding({ succession }: DeskFolder): boolean {
  return existsSync(succession);
}

/** The instant from which the root follows: whatever happens now, `finishSuccession` carries it out. */
export function beginSuccession({ succession }: DeskFolder, { envelope, renewed }: Succession): void {
  const root = Buffer.from(envelope).toString();
  writeDurably(succession, JSON.stringify({ format: "loa-succession-1", root, renewed }));
}

/**
 * Carries out what has begun: what the broker holds, the chains of the keys that are here, the root; then the file that says so goes.
 * Each step may be done again, also by several commands at one time. Returns what is to be published; nothing where none had begun.
 * @throws AgentFailure `desk-invalid` when something is in the way: the next command goes on with it
 */
export function finishSuccession(desk: Estate, now: UnixSeconds): readonly RetainedMessage[] {
  const path = desk.folder.succession;
  if (!existsSync(path)) return [];
  try {
    return carryOut(desk, readFileSync(path, "utf8"), now);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw deskFailure("desk.rotate.unfinished", { path, reason }, "desk-invalid", error);
  }
}

function carryOut({ folder, database }: Estate, text: string, now: UnixSeconds): readonly RetainedMessage[] {
  const { root: envelope, renewed } = v.parse(fileSchema, JSON.parse(text));
  const anew = new Map(renewed.map((signed) => [signed.payload, signed]));
  const { root, message } = opened(envelope);
  /** Under the lock, and never once another command has done it all: the next succession may have begun. */
  const step = (act: () => void) =>
    database.transaction(() => {
      if (existsSync(folder.succession) && readFileSync(folder.succession, "utf8") === text) act();
    });
  const messages = database.transaction(() => {
    const all = [message, ...renewedMessages(database, anew, now)];
    step(() => keep(database, all, anew));
    return all;
  });
  for (const path of issuersOf(folder).flatMap((name) => keyPathsIn(folder.issuer(name)))) {
    step(() => renewKeyFile(path, anew));
  }
  step(() => replaceRoot(folder, root, envelope));
  step(() => rmSync(folder.succession));
  return messages;
}

function opened(envelope: string): { readonly root: Root; readonly message: RetainedMessage } {
  const payload = Buffer.from(envelope);
  const opened = openRoot(payload);
  if (opened.kind === "refused") throw new TypeError(`a root that can't be read: ${opened.detail}`);
  const { payload: root } = opened.sealed;
  return { root, message: { topic: rootTopic(root.rootVersion), payload, expiresAt: root.expiresAt } };
}

/** By its payload: what is to stand in the place of what the former root's holders signed. */
type Anew = ReadonlyMap<string, EnvelopeJson>;

function renewedMessages(database: DeskDatabase, anew: Anew, now: UnixSeconds): readonly RetainedMessage[] {
  return standing(database, now).flatMap((message) => {
    const payload = renewedEnvelope(message.payload, anew);
    return payload === undefined ? [] : [{ ...message, payload }];
  });
}

/** The envelopes that the broker is to hold. Chunks are none. */
export function standing({ retained }: Pick<DeskDatabase, "retained">, now: UnixSeconds): readonly RetainedMessage[] {
  return retained
    .activeTopics(now)
    .filter((topic) => parseDownTopic(topic) !== undefined)
    .flatMap((topic) => retained.find(topic) ?? [])
    .filter(({ payload }) => payload.byteLength > 0);
}

function keep(
  { retained, broadcasts, vouchers }: DeskDatabase,
  messages: readonly RetainedMessage[],
  anew: Anew,
): void {
  for (const message of messages) {
    retained.put(message);
    const parsed = parseDownTopic(message.topic);
    if (parsed?.kind === "broadcast") broadcasts.replaceEnvelope(parsed.id, message.payload);
  }
  // A box that shows its voucher gets this root, and must be able to follow its placement to it.
  for (const { gateway, placementEnvelope } of vouchers.unused()) {
    const envelope = renewedEnvelope(placementEnvelope, anew);
    if (envelope !== undefined) vouchers.replacePlacement(gateway, envelope);
  }
}

/** Undefined where the next root knows it as it is. */
function renewedEnvelope(bytes: Uint8Array, anew: Anew): Uint8Array | undefined {
  const envelope = asJson(bytes);
  const itself = anew.get(envelope.payload);
  if (itself !== undefined) return Buffer.from(JSON.stringify(itself));
  if (!envelope.chain.some(({ payload }) => anew.has(payload))) return undefined;
  return Buffer.from(JSON.stringify({ ...envelope, chain: withRenewed(envelope.chain, anew) }));
}

function withRenewed(chain: readonly EnvelopeJson[], anew: Anew): readonly EnvelopeJson[] {
  return chain.map((link) => anew.get(link.payload) ?? link);
}

/** Where it lies, if there is a link in its place; nothing while that leads nowhere. */
function renewKeyFile(path: string, anew: Anew): void {
  if (!existsSync(path)) return;
  const { key, chain } = readKeyFile(path);
  const next = withRenewed(chain, anew);
  if (JSON.stringify(next) !== JSON.stringify(chain)) writeKeyFile(realpathSync(path), { key, chain: next });
}

/** The former one stays beside it: whoever has to explain an old chain needs it. */
function replaceRoot(folder: DeskFolder, { rootVersion }: Root, envelope: string): void {
  const former = readRoot(folder);
  if (former.root.rootVersion >= rootVersion) return;
  writeDurably(folder.formerRoot(former.root.rootVersion), former.envelope, 0o644);
  writeDurably(folder.root, envelope, 0o644);
}

export function asJson(envelope: Uint8Array): EnvelopeJson {
  const reading = readEnvelope(envelope);
  if (reading.kind === "malformed") throw new TypeError(`an envelope that can't be read again: ${reading.detail}`);
  return reading.value;
}
