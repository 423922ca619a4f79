import type { Command } from "commander";
import { SystemChance } from "../adapters/chance.ts";
import { PinoLog } from "../adapters/log.ts";
import { SystemClock } from "../adapters/system-clock.ts";
import { SystemTimers } from "../adapters/timers.ts";
import { EnrolmentService, type ServiceAddress } from "../desk/enrolment-service.ts";
import { servingLink } from "../desk/link.ts";
import { rememberHeldLists } from "../desk/revocation-lists.ts";
import { DeskServer } from "../desk/serve.ts";
import type { ServeEvent } from "../desk/serve-event.ts";
import { serveText } from "../desk/serve-text.ts";
import { ServiceKeys } from "../desk/service-keys.ts";
import { say } from "../texts/say.ts";
import { serviceAddress } from "./desk-enrol.ts";
import { withDesk } from "./desk-options.ts";
import { Ending } from "./ending.ts";
import { lineTeller } from "./line-teller.ts";
import { wantsJson } from "./output.ts";

interface Options {
  readonly enrol?: ServiceAddress;
}

export function registerDeskServe(desk: Command): void {
  desk
    .command("serve")
    .description(say("desk.serve.description"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.serve.examples")}`)
    .option("--enrol <address>", say("desk.serve.option.enrol"), serviceAddress)
    .action(serve);
}

async function serve({ enrol: address }: Options, command: Command): Promise<void> {
  const json = wantsJson(command);
  await withDesk(command, async (desk) => {
    const tellLine = lineTeller(json, desk.settings.timeZone);
    const tell = (event: ServeEvent) => tellLine(event, serveText(event));
    const log = new PinoLog("error");
    const timers = new SystemTimers(log);
    const clock = new SystemClock("assumed", timers, log);
    const chance = new SystemChance();
    const ending = new Ending();
    rememberHeldLists(desk);
    const server = new DeskServer({
      database: desk.database,
      keys: await ServiceKeys.open(desk),
      link: servingLink(desk, { clock, timers, chance, log }),
      clock,
      timers,
      chance,
      broker: desk.settings.broker,
      tell,
      fault: (error) => ending.fail(error),
    });
    const enrolment =
      address === undefined
        ? undefined
        : new EnrolmentService({
            ...{ desk, address, clock, tell },
            fault: (error) => ending.fail(error),
          });
    try {
      server.start();
      await enrolment?.start();
      await ending.awaited;
    } finally {
      await enrolment?.stop();
      await server.stop();
      ending.forget();
    }
    if (!json) process.stdout.write(`${say("desk.serve.stopped")}\n`);
  });
}
