import type { Command } from "commander";
import { say } from "../texts/say.ts";
import { registerDeskBroadcast } from "./desk-broadcast.ts";
import { registerDeskCoverage } from "./desk-coverage.ts";
import { registerDeskGateway } from "./desk-gateway.ts";
import { registerDeskIntervene } from "./desk-intervene.ts";
import { registerDeskIssuer } from "./desk-issuer.ts";
import { registerDeskListen } from "./desk-listen.ts";
import { registerDeskLists } from "./desk-lists.ts";
import { registerDeskRoot } from "./desk-root.ts";
import { registerDeskServe } from "./desk-serve.ts";

/** `loa desk ...`: each command in its own file, all on one folder. */
export function registerDesk(program: Command): void {
  const desk = program
    .command("desk")
    .description(say("desk.description"))
    .option("--desk <dir>", say("desk.option.desk"), "./desk");
  registerDeskRoot(desk);
  registerDeskIssuer(desk);
  registerDeskGateway(desk);
  registerDeskBroadcast(desk);
  registerDeskIntervene(desk);
  registerDeskServe(desk);
  registerDeskCoverage(desk);
  registerDeskListen(desk);
  registerDeskLists(desk);
}
