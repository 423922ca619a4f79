import { say, word } from "../texts/say.ts";
import type { ServeEvent } from "./serve-event.ts";

/** One line for a person; undefined for what only programs want. */
export function serveText(event: ServeEvent): string | undefined {
  switch (event.event) {
    case "connected":
      return say("desk.serve.connected", { broker: event.broker });
    case "disconnected":
      return say("desk.serve.disconnected", { reason: event.reason });
    case "unreachable":
      return say("desk.serve.unreachable", { detail: event.detail });
    case "restored":
      return say("desk.serve.restored", { messages: event.messages, cleared: event.cleared });
    case "cleared":
      return say("desk.serve.cleared", { cleared: event.cleared });
    case "publish-refused":
      return say("desk.serve.publishRefused", { topic: event.topic, reason: `0x${event.reasonCode.toString(16)}` });
    case "enrolment-open":
      return say("desk.serve.enrolmentOpen", { address: event.address });
    case "enrolled":
      return say("desk.serve.enrolled", { gateway: event.gateway, serial: event.serial });
    case "enrolment-refused": {
      const { from, code, gateway = "-", detail } = event;
      const why = detail === undefined ? code : `${code}: ${detail}`;
      return say("desk.serve.enrolmentRefused", { from, code: why, gateway });
    }
    case "state":
      return say(`desk.serve.state.${event.state}`, { gateway: event.gateway });
    case "birth":
      return say("desk.serve.birth", { gateway: event.gateway, agent: event.agent, hardware: event.hardware });
    case "heartbeat":
      return undefined;
    case "alarm": {
      const { gateway, detail } = event;
      const said = { code: word("alarm", event.code), severity: word("severity", event.severity) };
      return say(`desk.serve.alarm.${event.state}`, { gateway, ...said, detail });
    }
    case "receipt": {
      const { gateway, issuer, itemId, state, code = "", detail = "" } = event;
      return say("desk.serve.receipt", {
        gateway,
        issuer,
        itemId,
        state: word("state", state),
        why: [word("code", code), detail].filter(Boolean).join(", "),
      });
    }
    case "chunks-missing":
      return say("desk.serve.chunksMissing", { gateway: event.gateway, missing: event.missing, resent: event.resent });
    case "accepted":
      return say("desk.serve.accepted", { gateway: event.gateway, itemId: event.itemId });
    case "played":
      return say("desk.serve.played", { ...placeOf(event), seconds: secondsOf(event) });
    case "failed":
    case "expired":
      return say(`desk.serve.${event.event}`, { ...placeOf(event), code: word("code", event.code ?? "") });
    case "evidence-acknowledged":
      return say("desk.serve.acknowledged", { gateway: event.gateway, to: event.to, added: event.added });
    case "evidence-refused": {
      const { gateway, from, to, detail } = event;
      return say(`desk.serve.evidence.${event.problem}`, { gateway, from, to, detail });
    }
    case "keys-changed":
      return say("desk.serve.keysChanged", { issuers: event.issuers.join(", ") || "-" });
    case "keys-unread":
      return say("desk.serve.keysUnread", { detail: event.detail });
    case "revocation-ends": {
      const { issuer, area, days, kid, reason, from } = event;
      const since = new Date(from * 1000).toISOString().replace(".000", "");
      return say("desk.serve.revocationEnds", { issuer, area, days, kid, reason, from: since });
    }
    case "time-told":
      return say("desk.serve.timeTold", { gateway: event.gateway });
    case "message-refused": {
      const { topic, code, detail, count } = event;
      return say("desk.serve.messageRefused", { topic, code: word("code", code), detail, count });
    }
    default:
      return event satisfies never;
  }
}

type PlayEvent = Extract<ServeEvent, { event: "played" | "failed" | "expired" }>;

function placeOf({ gateway, zone = "-", itemId = "-" }: PlayEvent) {
  return { gateway, zone, itemId };
}

function secondsOf({ startedAtMs, endedAtMs }: PlayEvent): string {
  return startedAtMs === undefined || endedAtMs === undefined ? "?" : ((endedAtMs - startedAtMs) / 1000).toFixed(1);
}
