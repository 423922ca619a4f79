import type { Command } from "commander";
import { holderName } from "../desk/names.ts";
import { builtInMembers, readMembers, sentMembers } from "../desk/policy-members.ts";
import { MAXIMUM_HOLDERS } from "../desk/root.ts";
import { planPolicy } from "../desk/root-document.ts";
import { planRotation } from "../desk/rotation.ts";
import { say } from "../texts/say.ts";
import { sendOrKeep } from "./desk-cosign.ts";
import { listOf, thisMoment, wholeNumber, withDesk } from "./desk-options.ts";

interface RotateOptions {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly threshold?: number;
  readonly draft?: string;
}

/** What holders of root keys decide: the rules, and who they are. */
export function registerDeskPolicy(desk: Command): void {
  desk
    .command("policy")
    .argument("[file]", say("desk.policy.argument"))
    .description(say("desk.policy.description"))
    .option("--draft <file>", say("desk.broadcast.option.draft"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.policy.examples")}`)
    .action((file: string | undefined, { draft }: { readonly draft?: string }, command: Command) =>
      withDesk(command, async (opened) => {
        if (file === undefined) {
          // For an editor and for programs alike: what is shown can be changed and signed.
          process.stdout.write(`${JSON.stringify(sentMembers(opened) ?? builtInMembers(), undefined, 2)}\n`);
          return;
        }
        const planned = await planPolicy(opened, readMembers(file), thisMoment());
        await sendOrKeep(command, opened, { kind: "document", planned }, draft);
      }),
    );
  desk
    .command("rotate")
    .description(say("desk.rotate.description"))
    .option("--add <names>", say("desk.rotate.option.add"), listOf(holderName))
    .option("--remove <names>", say("desk.rotate.option.remove"), listOf(holderName))
    .option("--threshold <n>", say("desk.root.option.threshold"), wholeNumber("--threshold", 1, MAXIMUM_HOLDERS))
    .option("--draft <file>", say("desk.broadcast.option.draft"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.rotate.examples")}`)
    .action(({ add = [], remove = [], threshold, draft }: RotateOptions, command: Command) =>
      withDesk(command, async (opened) => {
        const planned = await planRotation(opened, { add, remove, threshold }, thisMoment());
        await sendOrKeep(command, opened, { kind: "document", planned }, draft);
      }),
    );
}
