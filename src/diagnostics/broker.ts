import type { BrokerReach } from "../domain/diagnosis.ts";
import { bad, type Finding, good } from "./finding.ts";

/** One way in is enough to be heard, but each that is closed should be known. */
export function judgeBrokers(
  tries: readonly { readonly url: string; readonly reach: BrokerReach }[],
): readonly Finding[] {
  if (tries.length === 0) return [bad("broker", "enrolment-invalid", "broker.none")];
  return tries.map(({ url, reach }) => {
    switch (reach.kind) {
      case "reached":
        return good("broker", "broker.good", { url, elapsedMs: reach.elapsedMs, protocol: reach.protocol });
      case "late":
        return bad("broker", "link-failed", "broker.late", { url, withinMs: reach.withinMs });
      case "unreachable":
      case "untrusted":
      case "refused":
        return bad("broker", "link-failed", `broker.${reach.kind}`, { url, reason: reach.reason });
      default:
        return reach satisfies never;
    }
  });
}
