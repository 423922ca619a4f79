import { randomBytes } from "node:crypto";
import type { Command } from "commander";
import { enrolGateway } from "../desk/enrolment.ts";
import { areaId, areaKind, gatewayId, gatewayIdFrom, zoneId, zoneTag } from "../desk/names.ts";
import type { AreaKind } from "../domain/broadcast.ts";
import { say } from "../texts/say.ts";
import { listOf, thisMoment, withDesk } from "./desk-options.ts";
import { printResult } from "./output.ts";

export interface AreaOption {
  readonly id: string;
  readonly kind: AreaKind;
}

export interface ZoneOption {
  readonly id: string;
  readonly tags: readonly string[];
}

interface Options {
  readonly commune: string;
  readonly area?: readonly AreaOption[];
  readonly zones: readonly ZoneOption[];
  readonly serial: string;
  readonly id?: string;
}

export function registerDeskGateway(desk: Command): void {
  desk
    .command("gateway")
    .description(say("desk.gateway.description"))
    .requiredOption("--commune <area>", say("desk.gateway.option.commune"), areaId)
    .requiredOption("--zones <zones>", say("desk.gateway.option.zones"), listOf(zone))
    .option("--area <area>", say("desk.gateway.option.area"), oneMoreArea)
    .option("--serial <serial>", say("desk.gateway.option.serial"), "unknown")
    .option("--id <id>", say("desk.gateway.option.id"), gatewayId)
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.gateway.examples")}`)
    .action(enrol);
}

async function enrol(options: Options, command: Command): Promise<void> {
  const { id: gateway = gatewayIdFrom(randomBytes(12)), serial, commune, area: areas = [], zones } = options;
  await withDesk(command, async (desk) => {
    const { bundle, placement } = await enrolGateway(desk, { gateway, serial, commune, areas, zones }, thisMoment());
    printResult(command, { gateway, bundle, commune, areas: placement.areas, zones: placement.zones }, () =>
      say("desk.gateway.made", { gateway, bundle, commune, zones: zones.map((one) => one.id).join(", ") }),
    );
  });
}

/** `z2=market+school` */
export function zone(text: string): ZoneOption {
  const [id = "", tags] = text.split("=", 2);
  return { id: zoneId(id), tags: tags === undefined ? [] : tags.split("+").map(zoneTag) };
}

/** `thon-3` or `khu-a:test` */
export function oneMoreArea(text: string, before: readonly AreaOption[] = []): readonly AreaOption[] {
  const [id = "", kind = "special"] = text.split(":", 2);
  return [...before, { id: areaId(id), kind: areaKind(kind) }];
}
