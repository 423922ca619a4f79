import type { DatabaseFacts } from "../domain/diagnosis.ts";
import type { DiskReading } from "../domain/report.ts";
import { bad, type Finding, good } from "./finding.ts";

export function judgeDatabase(path: string, facts: DatabaseFacts): Finding {
  switch (facts.kind) {
    case "absent":
      return good("database", "database.absent", { path });
    case "opened": {
      const { version, megabytes, checked } = facts;
      return good("database", checked ? "database.good" : "database.opened", { path, version, megabytes });
    }
    case "broken":
      return bad("database", "database-broken", "database.broken", { path, reason: facts.reason });
    default:
      return facts satisfies never;
  }
}

const LEAST_FREE_MB = 64;
const MOST_USED_PERCENT = 95;

export function judgeDisk(folder: string, reading: DiskReading | { readonly unreadable: string }): Finding {
  if ("unreadable" in reading) {
    return bad("disk", "database-broken", "disk.unreadable", { folder, reason: reading.unreadable });
  }
  const { usedPercent, freeMb } = reading;
  return freeMb < LEAST_FREE_MB || usedPercent > MOST_USED_PERCENT
    ? bad("disk", "disk-full", "disk.low", { folder, usedPercent, freeMb })
    : good("disk", "disk.good", { folder, usedPercent, freeMb });
}
