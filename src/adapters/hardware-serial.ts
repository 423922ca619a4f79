import { readFileSync, statSync } from "node:fs";
import path from "node:path";

/** Where boards and machines keep their serial number, and what stands before it there. */
const SOURCES = [
  { file: "proc/device-tree/serial-number", pattern: /^([^\0]+)/ },
  { file: "proc/cpuinfo", pattern: /^Serial\s*:\s*(\S+)/m },
  { file: "sys/class/dmi/id/product_serial", pattern: /^(.+)$/m },
  { file: "sys/class/dmi/id/board_serial", pattern: /^(.+)$/m },
];
/** What makers leave in the field when they number nothing. */
const NO_SERIAL =
  /^(0+|x+|-+|none|unknown|n\/?a|to be filled.*|default string|(system|board|base board) serial.*|not .*)$/i;
const SERIAL = /^[A-Za-z0-9._:-]{1,64}$/;

/** Of a machine that has none, and of an enrolment that is bound to no hardware: trials on virtual cards. */
export const NO_HARDWARE = "unknown";

/**
 * The serial number that the board itself was made with, so that a card that was copied or moved is found out.
 * @param root where /proc and /sys are found, other than `/` in tests
 */
export function readHardwareSerial(root = "/"): string {
  for (const { file, pattern } of SOURCES) {
    const serial = pattern.exec(contentOf(path.join(root, file)))?.[1]?.trim() ?? "";
    if (SERIAL.test(serial) && !NO_SERIAL.test(serial)) return serial;
  }
  return NO_HARDWARE;
}

/** What only root may read is left out: a technician's shell and the service have to find the same. */
function contentOf(file: string): string {
  try {
    if ((statSync(file).mode & 0o004) === 0) return "";
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
