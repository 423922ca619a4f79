import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { answerRequest, readEnrolmentRequest } from "../desk/enrolment-request.ts";
import { deskFailure } from "../desk/failure.ts";
import { areaId, gatewayId, gatewayIdFrom } from "../desk/names.ts";
import { placeNew } from "../desk/placing.ts";
import { makeVoucher } from "../desk/voucher.ts";
import { say } from "../texts/say.ts";
import { fingerprint, voucherText } from "../wire/enrolment.ts";
import { HARDWARE_SERIAL } from "../wire/patterns.ts";
import { type AreaOption, oneMoreArea, type ZoneOption, zone } from "./desk-gateway.ts";
import { listOf, thisMoment, withDesk } from "./desk-options.ts";
import { localTime } from "./moments.ts";
import { printResult } from "./output.ts";
import { gatewayQr, qrCode } from "./qr.ts";

interface SiteOptions {
  readonly commune: string;
  readonly area?: readonly AreaOption[];
  readonly zones: readonly ZoneOption[];
  readonly id?: string;
}

interface EnrolOptions extends SiteOptions {
  readonly serial?: string;
  readonly out?: string;
}

interface VoucherOptions extends SiteOptions {
  readonly serial: string;
  readonly at: { readonly host: string; readonly port: number };
}

/** The office's side of `loa enrol`: by request file, or by a voucher beforehand. */
export function registerDeskEnrol(desk: Command): void {
  withSite(desk.command("enrol").argument("<request>", say("desk.enrol.argument")))
    .description(say("desk.enrol.description"))
    .option("--serial <serial>", say("desk.enrol.option.serial"), hardwareSerial)
    .option("--out <folder>", say("desk.enrol.option.out"))
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.enrol.examples")}`)
    .action(enrol);
  withSite(desk.command("voucher"))
    .description(say("desk.voucher.description"))
    .requiredOption("--serial <serial>", say("desk.voucher.option.serial"), hardwareSerial)
    .requiredOption("--at <address>", say("desk.voucher.option.at"), serviceAddress)
    .addHelpText("after", `\n${say("cli.examples")}\n${say("desk.voucher.examples")}`)
    .action(voucher);
}

function withSite(command: Command): Command {
  return command
    .requiredOption("--commune <area>", say("desk.gateway.option.commune"), areaId)
    .requiredOption("--zones <zones>", say("desk.gateway.option.zones"), listOf(zone))
    .option("--area <area>", say("desk.gateway.option.area"), oneMoreArea)
    .option("--id <id>", say("desk.gateway.option.id"), gatewayId);
}

async function enrol(requestPath: string, options: EnrolOptions, command: Command): Promise<void> {
  const request = readEnrolmentRequest(readRequestFile(requestPath));
  const { serial } = request;
  const { serial: expected = serial, out = path.dirname(requestPath) } = options;
  if (serial !== expected) throw deskFailure("desk.request.otherBox", { serial, expected });
  await withDesk(command, async (desk) => {
    const moment = thisMoment();
    const site = siteOf(options, serial);
    const placed = await placeNew(desk, site, moment);
    const bundle = await answerRequest(desk, request, { ...placed, serial }, moment);
    const { gateway, commune, zones } = site;
    const file = `loa-bundle-${gateway}.json`;
    const target = path.join(out, file);
    writeBundle(target, `${JSON.stringify(bundle, undefined, 2)}\n`);
    const root = fingerprint(bundle.root);
    printResult(command, { gateway, serial, bundle: target, commune, rootFingerprint: root }, () => {
      const names = zones.map(({ id }) => id).join(", ");
      const qr = gatewayQr(gateway, serial);
      return say("desk.enrol.made", { gateway, serial, commune, zones: names, path: target, file, root, qr });
    });
  });
}

async function voucher(options: VoucherOptions, command: Command): Promise<void> {
  const { serial, at } = options;
  await withDesk(command, async (desk) => {
    const site = siteOf(options, serial);
    const { voucher, expiresAt } = await makeVoucher(desk, site, at, thisMoment());
    const text = voucherText(voucher);
    const { gateway, commune } = site;
    const root = fingerprint(desk.root.envelope);
    printResult(command, { gateway, serial, voucher: text, expiresAt, rootFingerprint: root }, () => {
      const until = localTime(expiresAt, desk.settings.timeZone);
      return say("desk.voucher.made", { gateway, serial, commune, until, voucher: text, root, qr: qrCode(text) });
    });
  });
}

function siteOf({ id, commune, area: areas = [], zones }: SiteOptions, serial: string) {
  return { gateway: id ?? gatewayIdFrom(randomBytes(12)), serial, commune, areas, zones };
}

function readRequestFile(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw deskFailure("desk.request.bad", { reason }, "desk-invalid", error);
  }
}

function writeBundle(target: string, text: string): void {
  try {
    writeFileSync(target, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw deskFailure("enrol.write", { path: target, reason }, "desk-invalid", error);
  }
}

function hardwareSerial(text: string): string {
  if (HARDWARE_SERIAL.test(text)) return text;
  throw deskFailure("desk.name.serial", { text }, "usage");
}

/** `enrol.example.org:8443`, `[2001:db8::1]:8443` */
export function serviceAddress(text: string): { readonly host: string; readonly port: number } {
  const [, bracketed, plain, digits = ""] = /^(?:\[([0-9a-f:]+)\]|([a-z0-9.-]+)):([0-9]{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain ?? "";
  const port = Number(digits);
  if (host !== "" && port >= 1 && port <= 65_535) return { host, port };
  throw deskFailure("desk.voucher.address", { text }, "usage");
}
