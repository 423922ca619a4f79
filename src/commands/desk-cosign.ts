import type { Command } from "commander";
import {
  type Assessed,
  assess,
  cosign,
  findShared,
  idOf,
  keepDraft,
  publish,
  refuseShort,
  type Shared,
} from "../desk/cosign.ts";
import type { Desk } from "../desk/desk.ts";
import { holderName } from "../desk/names.ts";
import { say } from "../texts/say.ts";
import { assessedText, documentOf, showProgress } from "./desk-draft-text.ts";
import { withPassingLink } from "./desk-link.ts";
import { thisMoment, withDesk } from "./desk-options.ts";
import { printResult, wantsJson } from "./output.ts";

/** What several people sign together: one writes it down, another signs it too, and it goes. */
export function registerDeskCosign(desk: Command): void {
  desk
    .command("cosign")
    .argument("<file|id>", say("desk.cosign.argument"))
    .description(say("desk.cosign.description"))
    .option("--holder <name>", say("desk.cosign.option.holder"), holderName)
    .option("--no-send", say("desk.cosign.option.noSend"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.cosign.examples")}`)
    .action(addSignature);
  desk
    .command("publish")
    .argument("<file|id>", say("desk.cosign.argument"))
    .description(say("desk.publish.description"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.publish.examples")}`)
    .action((name: string, _options: unknown, command: Command) =>
      withDesk(command, async (opened) => {
        const assessed = assess(opened, findShared(opened, name).draft, thisMoment());
        show(command, opened, assessed);
        await send(command, opened, assessed);
      }),
    );
}

interface CosignOptions {
  readonly holder?: string;
  readonly send: boolean;
}

async function addSignature(name: string, options: CosignOptions, command: Command): Promise<void> {
  await withDesk(command, async (desk) => {
    const shared = findShared(desk, name);
    // What is signed is seen first: the passphrase is the consent.
    show(command, desk, assess(desk, shared.draft, thisMoment()));
    const signed = assess(desk, await cosign(desk, shared, options.holder, thisMoment()), thisMoment());
    if (options.send && !signed.planned.isShort) return await send(command, desk, signed);
    const path = pathOf(desk, shared, signed);
    keepDraft(desk, path, signed, thisMoment());
    printResult(command, { ...documentOf(signed), draft: path, sent: false }, () =>
      say("desk.cosign.signed", { signed: signed.planned.signatures.holders.join(", "), path }),
    );
  });
}

function pathOf({ folder }: Desk, { path }: Shared, assessed: Assessed): string {
  return path ?? folder.draft(idOf(assessed));
}

function show(command: Command, { settings }: Desk, assessed: Assessed): void {
  if (!wantsJson(command)) process.stdout.write(`${assessedText(assessed, settings.timeZone)}\n`);
}

/**
 * Sends what may go. What lacks a signature, or is only to be written down, is kept for those who sign it next.
 * @throws AgentFailure `cosignature-missing` for what was meant to go and could not
 */
export async function sendOrKeep(command: Command, desk: Desk, assessed: Assessed, file?: string): Promise<void> {
  if (file === undefined && !assessed.planned.isShort) return await send(command, desk, assessed);
  const path = file ?? desk.folder.draft(idOf(assessed));
  keepDraft(desk, path, assessed, thisMoment());
  if (file === undefined) refuseShort(assessed);
  printResult(command, { ...documentOf(assessed), draft: path, sent: false }, () => say("desk.draft.kept", { path }));
}

async function send(command: Command, desk: Desk, assessed: Assessed): Promise<void> {
  refuseShort(assessed);
  const id = idOf(assessed);
  await withPassingLink(desk, id, (link) =>
    publish(desk, assessed, link, thisMoment(), showProgress(wantsJson(command))),
  );
  printResult(command, { ...documentOf(assessed), sent: true }, () => say("desk.broadcast.sent", { id }));
}
