import type { UpPayload } from "../domain/report.ts";
import { say, word } from "../texts/say.ts";
import { titled } from "../texts/titled.ts";
import type { Overheard } from "./listener.ts";
import { reportEvents } from "./report-events.ts";
import { serveText } from "./serve-text.ts";

/** One line for a person: who says what to whom, and whether it may be believed. */
export function listenText(heard: Overheard): string {
  // Whoever may publish chooses the topic: it must not reach the terminal as commands.
  const topic = heard.topic.replaceAll(/\p{Control}/gu, "?");
  switch (heard.kind) {
    case "cleared":
      return say("desk.listen.cleared", { topic });
    case "foreign":
      return `${verdictText(heard)}  ${say("desk.listen.foreign", { topic, bytes: heard.bytes })}`;
    case "report":
      return `${say("desk.listen.verified")}  ${say("desk.listen.report", { report: reportText(heard.payload) })}`;
    case "order":
    case "document":
      return `${verdictText(heard.objection)}  ${downText(heard)}`;
    default:
      return heard satisfies never;
  }
}

function verdictText(objection: { readonly code: string; readonly detail: string } | undefined): string {
  if (objection === undefined) return say("desk.listen.verified");
  return say("desk.listen.refused", { code: word("code", objection.code), detail: objection.detail });
}

function downText({ topic, payload }: Extract<Overheard, { kind: "order" | "document" }>): string {
  const { type, issuer, sequence, id } = payload;
  if (payload.type === "control")
    return say("desk.listen.control", { area: topic.split("/")[3] ?? "", op: payload.op, issuer, id });
  if (payload.type !== "broadcast") return say("desk.listen.document", { topic, type, issuer, sequence });
  const area = topic.split("/")[3] ?? "";
  const title = payload.action === "cancel" ? payload.references.map((one) => one.id).join(", ") : titled(payload);
  return say("desk.listen.broadcast", {
    ...{ area, issuer, title, id },
    class: word("class", payload.class),
    action: word("action", payload.action),
  });
}

function reportText(report: UpPayload): string {
  const { gateway } = report;
  switch (report.type) {
    case "heartbeat": {
      const zones = report.zones.map(({ id, state }) =>
        say("desk.listen.heartbeatZone", { zone: id, activity: say(`status.activity.${state}`) }),
      );
      return say("desk.listen.heartbeat", { gateway, zones: zones.join(", ") });
    }
    case "evidence":
      return say("desk.listen.evidence", { gateway, from: report.from, to: report.to });
    case "checkpoint":
      return say("desk.listen.checkpoint", { gateway, q: report.q });
    default:
      return reportEvents(report)
        .flatMap((event) => serveText(event) ?? [])
        .join("; ");
  }
}
