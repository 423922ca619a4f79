import type { Command } from "commander";
import type { AuditEntry } from "../desk/audit.ts";
import { deskFailure } from "../desk/failure.ts";
import { say } from "../texts/say.ts";
import { withDesk } from "./desk-options.ts";
import { localTime } from "./moments.ts";
import { printResult } from "./output.ts";
import { table } from "./table.ts";

export function registerDeskAudit(desk: Command): void {
  desk
    .command("audit")
    .description(say("desk.audit.description"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.audit.examples")}`)
    .action((_options: unknown, command: Command) => showAudit(command));
}

/** What is whole is shown; then what is not fails the command. */
async function showAudit(command: Command): Promise<void> {
  await withDesk(command, ({ audit, folder, settings }) => {
    const { entries, fault } = audit.read();
    if (fault !== undefined) {
      process.stdout.write(`${auditText(entries, settings.timeZone)}\n`);
      throw deskFailure(`desk.audit.${fault.kind}`, { path: folder.audit, n: fault.n });
    }
    printResult(command, { entries, intact: true }, () =>
      [auditText(entries, settings.timeZone), say("desk.audit.intact", { entries: entries.length })].join("\n"),
    );
  });
}

function auditText(entries: readonly AuditEntry[], timeZone: string): string {
  const headings = (["n", "at", "user", "holders", "act", "subject", "detail"] as const).map((name) =>
    say(`desk.audit.heading.${name}`),
  );
  return table(
    headings,
    entries.map(({ n, at, user, holders, act, subject, detail = "" }) => [
      ...[String(n), localTime(at, timeZone), user],
      ...[holders.join(", "), act, subject, detail],
    ]),
  );
}
