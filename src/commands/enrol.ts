import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { NO_HARDWARE, readHardwareSerial } from "../adapters/hardware-serial.ts";
import { loadSigner } from "../adapters/signer.ts";
import { deskFailure } from "../desk/failure.ts";
import type { EnrolmentBundle } from "../domain/enrolment.ts";
import { askDesk } from "../enrol/ask.ts";
import { installBundle } from "../enrol/install.ts";
import { makeOwnKeys, type OwnKeys, readOwnKeys } from "../enrol/own-keys.ts";
import { say } from "../texts/say.ts";
import { fingerprint, readBundle, readVoucher } from "../wire/enrolment.ts";
import { printResult, wantsJson } from "./output.ts";
import { gatewayQr, qrCode } from "./qr.ts";
import { DEFAULT_ENROLMENT } from "./run.ts";

interface Options {
  readonly voucher?: string;
  readonly enrolment: string;
}

export function registerEnrol(program: Command): void {
  const enrol = program
    .command("enrol")
    .description(say("enrol.description"))
    .option("--voucher <text>", say("enrol.option.voucher"))
    .option("--enrolment <folder>", say("enrol.option.enrolment"), DEFAULT_ENROLMENT)
    .addHelpText("after", `\n${say("cli.examples")}\n${say("enrol.examples")}`)
    .action(byVoucher);
  enrol
    .command("request")
    .description(say("enrol.request.description"))
    .requiredOption("--out <folder>", say("enrol.request.option.out"))
    .action(request);
  enrol
    .command("install")
    .argument("<bundle>", say("enrol.install.argument"))
    .description(say("enrol.install.description"))
    .action(install);
}

async function byVoucher({ voucher: text, enrolment }: Options, command: Command): Promise<void> {
  if (text === undefined) throw deskFailure("enrol.nothing", {}, "usage");
  const voucher = readVoucher(text);
  if (voucher === undefined) throw deskFailure("enrol.voucher", {}, "usage");
  const serial = thisHardware(command);
  if (voucher.serial !== serial) {
    throw deskFailure("enrol.voucherOther", { expected: voucher.serial, serial }, "enrolment-invalid");
  }
  const keys = await makeOwnKeys(enrolment, serial, Date.now());
  await putInPlace(await askDesk(voucher, keys.request), keys, serial, command);
}

async function request({ out }: { readonly out: string }, command: Command): Promise<void> {
  const serial = thisHardware(command);
  const keys = await makeOwnKeys(enrolmentOf(command), serial, Date.now());
  const file = `loa-request-${serial.replaceAll(":", "-")}.json`;
  const target = path.join(out, file);
  try {
    writeFileSync(target, keys.request);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw deskFailure("enrol.write", { path: target, reason }, "usage", error);
  }
  const { kid } = loadSigner(keys.gatewayKeyPath);
  printResult(command, { request: target, serial, kid }, () =>
    say("enrol.request.made", { path: target, file, serial, kid, qr: qrCode(`loa-request:${serial}:${kid}`) }),
  );
}

async function install(bundlePath: string, _options: unknown, command: Command): Promise<void> {
  const keys = readOwnKeys(enrolmentOf(command));
  if (keys === undefined) throw deskFailure("enrol.noKeys", {}, "enrolment-invalid");
  await putInPlace(bundleIn(bundlePath), keys, thisHardware(command), command);
}

async function putInPlace(bundle: EnrolmentBundle, keys: OwnKeys, serial: string, command: Command): Promise<void> {
  const enrolment = enrolmentOf(command);
  await installBundle(bundle, { keys, serial, enrolment, nowMs: Date.now() });
  const { gateway, brokers } = bundle;
  const [folder, root] = [path.resolve(enrolment), fingerprint(bundle.root)];
  printResult(command, { gateway, serial, enrolment: folder, brokers, rootFingerprint: root }, () =>
    say("enrol.installed", { gateway, serial, folder, root, qr: gatewayQr(gateway, serial) }),
  );
}

function bundleIn(file: string): EnrolmentBundle {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw deskFailure("enrol.read", { path: file, reason }, "enrolment-invalid", error);
  }
  const bundle = readBundle(bytes);
  if (bundle === undefined)
    throw deskFailure("enrol.read", { path: file, reason: "loa-bundle-1" }, "enrolment-invalid");
  return bundle;
}

function enrolmentOf(command: Command): string {
  return command.optsWithGlobals<Options>().enrolment;
}

function thisHardware(command: Command): string {
  const serial = readHardwareSerial();
  if (serial === NO_HARDWARE && !wantsJson(command)) process.stderr.write(`${say("enrol.unbound")}\n`);
  return serial;
}
