import type { Command } from "commander";
import { deskFailure } from "../desk/failure.ts";
import { areaId, gatewayId, zoneId } from "../desk/names.ts";
import { planRelocation, publishRelocation } from "../desk/relocation.ts";
import { say } from "../texts/say.ts";
import { type AreaOption, oneMoreArea, type ZoneOption, zone } from "./desk-gateway.ts";
import { withPassingLink } from "./desk-link.ts";
import { listOf, thisMoment, withDesk } from "./desk-options.ts";
import { printResult } from "./output.ts";
import { table } from "./table.ts";

interface Gain {
  readonly id: string;
  readonly centiDb: number;
}

interface Options {
  readonly in?: readonly string[];
  readonly commune?: string;
  readonly area?: readonly AreaOption[];
  readonly drop?: readonly string[];
  readonly zones?: readonly ZoneOption[];
  readonly gain?: readonly Gain[];
  readonly emergencyGain?: readonly Gain[];
}

export function registerDeskPlace(desk: Command): void {
  desk
    .command("place")
    .argument("[gateways...]", say("desk.place.argument"))
    .description(say("desk.place.description"))
    .option("--in <areas>", say("desk.place.option.in"), listOf(areaId))
    .option("--commune <area>", say("desk.place.option.commune"), areaId)
    .option("--area <area>", say("desk.gateway.option.area"), oneMoreArea)
    .option("--drop <areas>", say("desk.place.option.drop"), listOf(areaId))
    .option("--zones <zones>", say("desk.place.option.zones"), listOf(zone))
    .option("--gain <gains>", say("desk.place.option.gain"), listOf(gain))
    .option("--emergency-gain <gains>", say("desk.place.option.emergencyGain"), listOf(gain))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.place.examples")}`)
    .action(place);
}

async function place(gateways: readonly string[], options: Options, command: Command): Promise<void> {
  const { commune, area = [], drop = [], zones, gain: gains = [], emergencyGain = [] } = options;
  const request = {
    gateways: gateways.map(gatewayId),
    inAreas: options.in ?? [],
    ...{ commune, add: area, drop, zones },
    gains: gains.map(({ id, centiDb }) => ({ id, gainCentiDb: centiDb })),
    emergencyGains: emergencyGain.map(({ id, centiDb }) => ({ id, emergencyGainCentiDb: centiDb })),
  };
  await withDesk(command, async (desk) => {
    const planned = await planRelocation(desk, request, thisMoment());
    await withPassingLink(desk, "place", (link) => publishRelocation(desk, planned, link, thisMoment()));
    printResult(command, { placements: planned.placements }, () =>
      [
        table(
          [say("desk.gateways.heading.gateway"), say("desk.place.heading.areas"), say("desk.gateways.heading.zones")],
          planned.placements.map((placed) => [
            placed.gateway,
            placed.areas.map(({ id }) => id).join(", "),
            placed.zones.map(({ id, tags }) => [id, ...tags].join(" ")).join(", "),
          ]),
        ),
        say("desk.place.done", { gateways: planned.placements.length }),
      ].join("\n"),
    );
  });
}

/** `z1=-6` in dB */
function gain(text: string): Gain {
  const [id = "", value = ""] = text.split("=", 2);
  const centiDb = /^-?[0-9]{1,2}(\.[0-9]{1,2})?$/.test(value) ? Math.round(Number(value) * 100) : Number.NaN;
  if (centiDb <= 0 && centiDb >= -6_000) return { id: zoneId(id), centiDb };
  throw deskFailure("desk.place.gain", { text }, "usage");
}
