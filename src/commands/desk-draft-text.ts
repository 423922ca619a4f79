import type { PlannedBroadcast, Progress } from "../desk/broadcast.ts";
import { type Assessed, idOf } from "../desk/cosign.ts";
import type { PlannedIntervention } from "../desk/intervention.ts";
import type { Signatures } from "../desk/outstanding.ts";
import type { PlannedRootDocument } from "../desk/root-document.ts";
import { type Broadcast, USUAL_START_WITHIN_SECONDS } from "../domain/broadcast.ts";
import { say, word } from "../texts/say.ts";
import { titled } from "../texts/titled.ts";
import { coloured } from "./colour.ts";
import { localTime } from "./moments.ts";
import { table } from "./table.ts";

/** What an order is, whom it reaches, and what it still takes. */
export function assessedText(assessed: Assessed, timeZone: string): string {
  const id = idOf(assessed);
  switch (assessed.kind) {
    case "broadcast": {
      const { planned } = assessed;
      return [broadcastText(planned, timeZone), ...signaturesText(id, planned, milderOf(planned), timeZone)].join("\n");
    }
    case "intervention": {
      const { planned } = assessed;
      return [interventionText(planned, timeZone), ...signaturesText(id, planned, undefined, timeZone)].join("\n");
    }
    case "document": {
      const { planned } = assessed;
      return [documentText(planned, timeZone), ...signaturesText(id, planned, undefined, timeZone)].join("\n");
    }
    default:
      return assessed satisfies never;
  }
}

function documentText({ document }: PlannedRootDocument, timeZone: string): string {
  const until = localTime(document.expiresAt, timeZone);
  if (document.type === "policy")
    return say("desk.policy.what", { text: JSON.stringify(document, undefined, 2), until });
  const holders = document.keys.map(({ holder }) => holder).join(", ");
  return say("desk.rotate.what", {
    ...{ version: document.rootVersion, holders, threshold: document.thresholds.root, until },
  });
}

function broadcastText({ order, severity, audience }: PlannedBroadcast, timeZone: string): string {
  const { audio } = order;
  const named = word("class", order.class);
  const urgency =
    order.class === "emergency" ? say("desk.broadcast.plan.emergency", { class: named, severity }) : named;
  const zones = audience.reduce((sum, one) => sum + one.zones.length, 0);
  return [
    say("desk.broadcast.plan.what", {
      title: titled(order),
      class: urgency,
      duration: `${(audio.durationMs / 1000).toFixed(1)} s`,
      loudness: audio.loudnessCentiLufs === undefined ? "?" : (audio.loudnessCentiLufs / 100).toFixed(1),
      kilobytes: Math.ceil(audio.sizeBytes / 1024),
    }),
    ...replacesOf(order).map((id) => say("desk.update.replaces", { id })),
    ...(order.status === "exercise" ? [coloured("yellow", say("desk.broadcast.plan.exercise"))] : []),
    ...whenTexts(order, timeZone),
    table(
      [
        say("desk.broadcast.plan.heading.gateway"),
        say("desk.broadcast.plan.heading.commune"),
        say("desk.broadcast.plan.heading.zones"),
      ],
      audience.map((one) => [one.gateway, one.commune, one.zones.join(", ")]),
    ),
    say("desk.broadcast.plan.reach", { gateways: audience.length, zones }),
  ].join("\n");
}

function replacesOf(order: Broadcast): readonly string[] {
  return order.action === "update" ? order.references.map(({ id }) => id) : [];
}

function whenTexts({ plan, notBefore, expiresAt, repeat, gapSeconds }: Broadcast, timeZone: string): readonly string[] {
  const due = plan.kind === "at" ? plan.at : notBefore;
  const windowSeconds = plan.startWithinSeconds ?? (plan.kind === "at" ? USUAL_START_WITHIN_SECONDS : undefined);
  const latest = windowSeconds === undefined ? expiresAt : Math.min(expiresAt, due + windowSeconds);
  const values = { at: localTime(due, timeZone), until: localTime(latest, timeZone) };
  const when = say(plan.kind === "at" ? "desk.broadcast.plan.at" : "desk.broadcast.plan.when", values);
  return repeat === 1 ? [when] : [when, say("desk.broadcast.plan.repeat", { repeat, seconds: gapSeconds })];
}

function interventionText({ message, gateways, expiresAt }: PlannedIntervention, timeZone: string): string {
  const op = message.type === "control" ? message.op : message.action;
  const items = message.type === "broadcast" ? message.references : "item" in message ? [message.item] : [];
  const what = items.map((item) => item?.id ?? "").join(", ");
  return say("desk.cosign.intervention", {
    ...{ op, what, issuer: message.issuer, gateways: gateways.length },
    until: localTime(expiresAt, timeZone),
  });
}

/** Nothing for what one person may order alone. */
function signaturesText(
  id: string,
  { signatures, isShort }: { readonly signatures: Signatures; readonly isShort: boolean },
  milder: number | undefined,
  timeZone: string,
): readonly string[] {
  const values = {
    ...{ id, needed: signatures.needed, signed: signatures.holders.join(", ") },
    until: localTime(signatures.until, timeZone),
  };
  if (isShort) return [say("desk.cosign.short", values)];
  return milder === undefined ? [] : [say("desk.cosign.milder", { ...values, severity: milder })];
}

/** The severity that a commune's emergency has until a second holder signs it. */
function milderOf({ order, severity }: PlannedBroadcast): number | undefined {
  return order.severity === severity ? undefined : severity;
}

export function documentOf(assessed: Assessed) {
  const { signatures, isShort, messages } = assessed.planned;
  const common = {
    ...{ id: idOf(assessed), signedBy: signatures.holders, isShort },
    topics: messages.map(({ topic }) => topic),
  };
  switch (assessed.kind) {
    case "broadcast": {
      const { order, severity, audience } = assessed.planned;
      const { issuer, title, status, audio, notBefore, expiresAt } = order;
      const replaces = replacesOf(order);
      return {
        ...common,
        ...(replaces.length > 0 && { replaces }),
        issuer,
        title,
        status,
        class: order.class,
        severity,
        plan: order.plan,
        repeat: order.repeat,
        gapSeconds: order.gapSeconds,
        notBefore,
        expiresAt,
        audio,
        audience,
      };
    }
    case "intervention": {
      const { message, expiresAt, gateways } = assessed.planned;
      const op = message.type === "control" ? message.op : message.action;
      return { ...common, op, issuer: message.issuer, expiresAt, gateways };
    }
    case "document":
      return { ...common, document: assessed.planned.document };
    default:
      return assessed satisfies never;
  }
}

export function showProgress(json: boolean): (progress: Progress) => void {
  if (json || !process.stderr.isTTY) return () => {};
  return ({ sent, total }) => {
    process.stderr.write(`\r${say("desk.broadcast.progress", { sent, total })}${sent === total ? "\n" : ""}`);
  };
}
