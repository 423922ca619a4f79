import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { NO_HARDWARE, readHardwareSerial } from "../../src/adapters/hardware-serial.ts";

function machine(files: Readonly<Record<string, string>>, mode = 0o644): string {
  const root = mkdtempSync(path.join(tmpdir(), "loa-board-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), content);
    chmodSync(path.join(root, file), mode);
  }
  return root;
}

const CPUINFO = "Hardware\t: BCM2835\nSerial\t\t: 100000009f2c11aa\nModel\t\t: Raspberry Pi 4\n";

test.each<[string, Readonly<Record<string, string>>, string]>([
  ["a board's device tree", { "proc/device-tree/serial-number": "10000000a1b2c3d4\0" }, "10000000a1b2c3d4"],
  ["an older kernel's cpuinfo", { "proc/cpuinfo": CPUINFO }, "100000009f2c11aa"],
  ["a machine's firmware", { "sys/class/dmi/id/product_serial": "PF2ABC01\n" }, "PF2ABC01"],
  [
    "the next source where a maker numbered nothing",
    { "sys/class/dmi/id/product_serial": "To be filled by O.E.M.\n", "sys/class/dmi/id/board_serial": "MB-77\n" },
    "MB-77",
  ],
  ["no number where all are zero", { "proc/device-tree/serial-number": "0000000000000000\0" }, NO_HARDWARE],
  ["no number that could not be printed", { "proc/device-tree/serial-number": "a\u001b[31mb\0" }, NO_HARDWARE],
  ["no number where there is none", {}, NO_HARDWARE],
])("the serial number is %s", (_what, files, serial) => {
  expect(readHardwareSerial(machine(files))).toBe(serial);
});

test("what only root may read is no serial number: the service would not find it again", () => {
  expect(readHardwareSerial(machine({ "sys/class/dmi/id/product_serial": "PF2ABC01\n" }, 0o400))).toBe(NO_HARDWARE);
});
