import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import * as v from "valibot";
import type { BroadcastOrder } from "../domain/broadcast.ts";
import type { ControlOrder } from "../domain/control.ts";
import type { DownPayload, DownTopic, Sealed } from "../domain/trust.ts";
import { writeDurably } from "../store/durable-file.ts";
import { openDown } from "../wire/envelope.ts";
import { type EnvelopeJson, envelopeSchema } from "../wire/envelope-shape.ts";
import { deskFailure } from "./failure.ts";
import type { DeskFolder } from "./folder.ts";
import { isRootDocument, type RootDocument } from "./root-document.ts";

/** An order that was signed and not sent: as a file it goes from one holder of a key to the next. */
export interface Draft {
  readonly envelope: EnvelopeJson;
  /** What it is to sound like, as it will be sent; undefined for what has no sound. */
  readonly audio?: Uint8Array | undefined;
}

/** What holders sign together. */
export type DraftPayload = BroadcastOrder | ControlOrder | RootDocument;

const fileSchema = v.strictObject({
  format: v.literal("loa-draft-1"),
  envelope: envelopeSchema,
  audio: v.optional(v.string()),
});

/** Written whole or not at all; over an older version of the same draft. */
export function writeDraft(path: string, { envelope, audio }: Draft): void {
  const encoded = audio === undefined ? undefined : Buffer.from(audio).toString("base64");
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeDurably(path, `${JSON.stringify({ format: "loa-draft-1", envelope, audio: encoded })}\n`, 0o644);
}

/** @throws AgentFailure `desk-invalid` */
export function readDraft(path: string): Draft {
  try {
    const { envelope, audio } = v.parse(fileSchema, JSON.parse(readFileSync(path, "utf8")));
    return { envelope, audio: audio === undefined ? undefined : Buffer.from(audio, "base64") };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw deskFailure("desk.draft.damaged", { path, reason }, "desk-invalid", error);
  }
}

/** Where a draft lies that somebody calls by its file or by its id; undefined when there is none. */
export function findDraft(folder: DeskFolder, name: string): string | undefined {
  return [name, folder.draft(name)].find((path) => existsSync(path));
}

/** Once it has been sent there is nothing left to sign. */
export function forgetDraft(folder: DeskFolder, id: string): void {
  rmSync(folder.draft(id), { force: true });
}

/** @throws AgentFailure `desk-invalid` when no gateway could read it */
export function openDraft(envelope: Uint8Array): Sealed<DraftPayload> {
  let reason = "";
  for (const topic of STANDINS) {
    const opened = openDown(envelope, topic);
    if (opened.kind === "opened") {
      const { payload } = opened.sealed;
      if (isDraftPayload(payload)) return { ...opened.sealed, payload };
    } else if (opened.code !== "binding") reason = opened.detail;
  }
  throw deskFailure("desk.broadcast.shape", { detail: reason });
}

/** Only the kind counts when a message is opened; its own topics are made from its words. */
const STANDINS: readonly DownTopic[] = [
  { kind: "broadcast", area: "", emergency: false, id: "" },
  { kind: "control", area: "", id: "" },
  { kind: "root", rootVersion: 1 },
  { kind: "policy" },
];

function isDraftPayload(payload: DownPayload): payload is DraftPayload {
  return payload.type === "broadcast" || payload.type === "control" || isRootDocument(payload);
}
