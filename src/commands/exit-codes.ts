import { type FailureCode, isAgentFailure } from "../domain/failure.ts";
import type { TextKey } from "../texts/catalogue.ts";
import { say } from "../texts/say.ts";

const meanings = [
  "cli.exit.good",
  "cli.exit.internal",
  "cli.exit.usage",
  "cli.exit.config",
  "cli.exit.unreachable",
  "cli.exit.storage",
  "cli.exit.sound",
  "cli.exit.link",
  "cli.exit.desk",
  "cli.exit.clock",
  "cli.exit.cosignature",
] as const satisfies readonly TextKey[];

/** The number scripts and systemd see, by what failed. Numbers are never given a second meaning. */
export const EXIT_CODES: Readonly<Record<FailureCode, number>> = {
  internal: 1,
  usage: 2,
  "config-invalid": 3,
  "profile-invalid": 3,
  "enrolment-invalid": 3,
  "agent-unreachable": 4,
  "database-newer": 5,
  "database-broken": 5,
  "disk-full": 5,
  "tool-missing": 6,
  "output-missing": 6,
  "output-busy": 6,
  "output-stalled": 6,
  "decode-failed": 6,
  "link-failed": 7,
  "desk-invalid": 8,
  "clock-unsynchronised": 9,
  "cosignature-missing": 10,
};

export function exitCodeOf(error: unknown): number {
  return EXIT_CODES[isAgentFailure(error) ? error.code : "internal"];
}

export function exitCodeTable(): string {
  return [say("cli.exit.heading"), ...meanings.map((key, code) => `  ${code}  ${say(key)}`)].join("\n");
}
