import type { UpPayload } from "../domain/report.ts";
import type { ServeEvent } from "./serve-event.ts";

/** What a report other than evidence tells a person. */
export function reportEvents(report: Exclude<UpPayload, { type: "evidence" }>): ServeEvent[] {
  const { gateway } = report;
  switch (report.type) {
    case "state":
      return [{ event: "state", gateway, state: report.state }];
    case "birth":
      return [{ event: "birth", gateway, agent: report.agent, hardware: report.hardware, epoch: report.epoch }];
    case "heartbeat":
      return [{ event: "heartbeat", gateway, zones: report.zones, alarms: report.alarms }];
    case "alarm": {
      const { code, state, severity, detail } = report;
      return [{ event: "alarm", gateway, code, state, severity, detail }];
    }
    case "receipt": {
      const { issuerOfItem: issuer, itemId, state, code, detail } = report;
      return [{ event: "receipt", gateway, issuer, itemId, state, code, detail }];
    }
    case "checkpoint":
    case "time-query":
      return [];
    default:
      return report satisfies never;
  }
}
