import type { ZoneId } from "../domain/broadcast.ts";
import type { DeviceTrial } from "../domain/diagnosis.ts";
import { cardOf } from "../domain/playout.ts";
import type { ZoneActivity } from "../domain/report.ts";
import { bad, doubtful, type Finding, good } from "./finding.ts";

export function judgeTools(
  tools: readonly { readonly tool: string; readonly path: string | undefined }[],
): readonly Finding[] {
  return tools.map(({ tool, path }) =>
    path === undefined
      ? bad("tools", "tool-missing", "tools.missing", { tool })
      : good("tools", "tools.good", { tool, path }),
  );
}

/** `agent`: the device was not touched, because an agent runs and may need it at any instant. */
export type DeviceFacts = DeviceTrial | { readonly kind: "agent"; readonly activity: ZoneActivity };

export interface CardFacts {
  readonly zoneId: ZoneId;
  readonly device: string;
  readonly answer: DeviceFacts;
}

/** `cards`: ids as the kernel lists them; undefined where it has no list (no driver loaded, or a made-up device). */
export function judgeCards(
  zones: readonly CardFacts[] | undefined,
  cards: readonly string[] | undefined,
  activityText: (activity: ZoneActivity) => string,
): readonly Finding[] {
  if (zones === undefined) return [doubtful("card", "card.noProfile")];
  return zones.map(({ zoneId: zone, device, answer }) => {
    const card = cardOf(device);
    if (card !== undefined && cards !== undefined && !cards.includes(card) && answer.kind !== "opened") {
      return bad("card", "output-missing", "card.unknown", { zone, card, cards: cards.join(", ") || "-" });
    }
    switch (answer.kind) {
      case "agent":
        return answer.activity === "faulted"
          ? bad("card", "output-missing", "card.faulted", { zone, device })
          : good("card", "card.agent", { zone, device, activity: activityText(answer.activity) });
      case "opened":
        return good("card", "card.good", { zone, device });
      case "busy":
        return bad("card", "output-busy", "card.busy", { zone, device });
      case "failed":
        return bad("card", "output-missing", "card.failed", { zone, device, reason: answer.reason });
      default:
        return answer satisfies never;
    }
  });
}

export type PlacementFacts =
  | { readonly kind: "read"; readonly zones: readonly ZoneId[] }
  | { readonly kind: "unreadable"; readonly reason: string };

export function judgePlacement(placed: PlacementFacts, present: readonly ZoneId[] | undefined): readonly Finding[] {
  if (placed.kind === "unreadable") {
    return [bad("placement", "enrolment-invalid", "placement.unreadable", { reason: placed.reason })];
  }
  if (present === undefined) return [];
  const mute = placed.zones.filter((zone) => !present.includes(zone));
  const unplaced = present.filter((zone) => !placed.zones.includes(zone));
  const findings: readonly (Finding | false)[] = [
    mute.length > 0 && bad("placement", "profile-invalid", "placement.mute", { zones: mute.join(", ") }),
    unplaced.length > 0 && doubtful("placement", "placement.unplaced", { zones: unplaced.join(", ") }),
  ];
  const found = findings.filter((finding) => finding !== false);
  return found.length > 0 ? found : [good("placement", "placement.good", { zones: placed.zones.join(", ") })];
}
