import type { Command } from "commander";
import { SystemChance } from "../adapters/chance.ts";
import { PinoLog } from "../adapters/log.ts";
import { SystemClock } from "../adapters/system-clock.ts";
import { SystemTimers } from "../adapters/timers.ts";
import type { Desk } from "../desk/desk.ts";
import { passingLink } from "../desk/link.ts";
import { listenText } from "../desk/listen-text.ts";
import { Listener, listeningFilters, type Overheard } from "../desk/listener.ts";
import { areaId } from "../desk/names.ts";
import { policyInForce } from "../desk/policy-in-force.ts";
import { readRoot } from "../desk/root.ts";
import { serveText } from "../desk/serve-text.ts";
import type { AreaId } from "../domain/broadcast.ts";
import type { Placement } from "../domain/trust.ts";
import { say } from "../texts/say.ts";
import { listOf, withDesk } from "./desk-options.ts";
import { Ending } from "./ending.ts";
import { lineTeller } from "./line-teller.ts";
import { wantsJson } from "./output.ts";

interface Options {
  readonly areas?: readonly AreaId[];
}

export function registerDeskListen(desk: Command): void {
  desk
    .command("listen")
    .description(say("desk.listen.description"))
    .option("--areas <areas>", say("desk.listen.option.areas"), listOf(areaId))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.listen.examples")}`)
    .action((options: Options, command: Command) =>
      withDesk(command, (opened) => listen(opened, options, wantsJson(command))),
    );
}

async function listen(desk: Desk, { areas }: Options, json: boolean): Promise<void> {
  const tell = lineTeller(json, desk.settings.timeZone);
  const log = new PinoLog("error");
  const timers = new SystemTimers(log);
  const clock = new SystemClock("assumed", timers, log);
  const chance = new SystemChance();
  const all = desk.database.register.all().map(({ placement }) => placement);
  const placements = all.filter((placement) => areas === undefined || standsIn(placement, areas));
  const heardAreas = areas ?? [...new Set([desk.settings.territory.id, ...all.flatMap(areasOf)])];
  const { database, folder } = desk;
  const rules = () => ({ root: readRoot(folder), policy: policyInForce(database) });
  const listener = new Listener(database.register, placements, rules);
  const link = passingLink(desk, `listen-${chance.ulid(Date.now())}`, { clock, timers, chance, log });
  const ending = new Ending();
  process.stdout.on("error", (error) => ending.fail(error));
  try {
    link.start({
      connected: () => {
        tell({ event: "connected" }, serveText({ event: "connected", broker: desk.settings.broker }));
        link.subscribe(listeningFilters(placements, heardAreas), 0).catch((error: unknown) => ending.fail(error));
      },
      disconnected: (reason) => tell({ event: "disconnected", reason }, serveText({ event: "disconnected", reason })),
      attemptFailed: (reason, detail) =>
        tell({ event: "unreachable", reason, detail }, serveText({ event: "unreachable", reason, detail })),
      message: (message) => {
        const heard = listener.read(message, Date.now());
        if (heard !== undefined) tell(documentOf(heard), listenText(heard));
      },
    });
    await ending.awaited;
  } finally {
    await link.stop();
    ending.forget();
  }
}

function areasOf({ areas }: Placement): readonly AreaId[] {
  return areas.map(({ id }) => id);
}

function standsIn(placement: Placement, areas: readonly AreaId[]): boolean {
  return areasOf(placement).some((area) => areas.includes(area));
}

function documentOf(heard: Overheard) {
  const { topic } = heard;
  switch (heard.kind) {
    case "cleared":
      return { event: "cleared", topic };
    case "foreign":
      return { event: "message", topic, verified: false, code: heard.code, detail: heard.detail };
    case "report":
      return { event: "message", topic, verified: true, payload: heard.payload };
    case "order":
    case "document":
      return {
        event: "message",
        topic,
        verified: heard.objection === undefined,
        ...heard.objection,
        payload: heard.payload,
      };
    default:
      return heard satisfies never;
  }
}
