import type { Command } from "commander";
import { say } from "../texts/say.ts";
import { registerDeskAudit } from "./desk-audit.ts";
import { registerDeskBroadcast } from "./desk-broadcast.ts";
import { registerDeskCosign } from "./desk-cosign.ts";
import { registerDeskCoverage } from "./desk-coverage.ts";
import { registerDeskEnrol } from "./desk-enrol.ts";
import { registerDeskGateway } from "./desk-gateway.ts";
import { registerDeskIntervene } from "./desk-intervene.ts";
import { registerDeskIssuer } from "./desk-issuer.ts";
import { registerDeskListen } from "./desk-listen.ts";
import { registerDeskLists } from "./desk-lists.ts";
import { registerDeskPlace } from "./desk-place.ts";
import { registerDeskPolicy } from "./desk-policy.ts";
import { registerDeskRevoke } from "./desk-revoke.ts";
import { registerDeskRoot } from "./desk-root.ts";
import { registerDeskServe } from "./desk-serve.ts";
import { registerDeskUpdate } from "./desk-update.ts";

function oneMore(file: string, before: readonly string[] = []): readonly string[] {
  return [...before, file];
}

/** `loa desk ...`: each command in its own file, all on one folder. */
export function registerDesk(program: Command): void {
  const desk = program
    .command("desk")
    .description(say("desk.description"))
    .option("--desk <dir>", say("desk.option.desk"), "./desk")
    .option("--passphrase-file <file>", say("desk.option.passphraseFile"), oneMore)
    .option("--new-passphrase-file <file>", say("desk.option.newPassphraseFile"), oneMore);
  registerDeskRoot(desk);
  registerDeskIssuer(desk);
  registerDeskEnrol(desk);
  registerDeskGateway(desk);
  registerDeskPlace(desk);
  registerDeskBroadcast(desk);
  registerDeskCosign(desk);
  registerDeskUpdate(desk);
  registerDeskIntervene(desk);
  registerDeskRevoke(desk);
  registerDeskPolicy(desk);
  registerDeskServe(desk);
  registerDeskCoverage(desk);
  registerDeskListen(desk);
  registerDeskLists(desk);
  registerDeskAudit(desk);
}
