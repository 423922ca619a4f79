import { readdirSync, readFileSync, statfsSync } from "node:fs";
import path from "node:path";
import type { HostReadings } from "../domain/ports.ts";
import type { DiskReading } from "../domain/report.ts";

type Network = ReturnType<HostReadings["network"]>;

const MEBIBYTE = 1_048_576;

/** Reads the kernel's own files: no process is started, nothing takes over a millisecond. */
export class LinuxHost implements HostReadings {
  readonly #dataDirectory: string;
  readonly #root: string;

  /** `root` is where /proc and /sys are found, other than `/` in tests. */
  constructor(dataDirectory: string, root = "/") {
    this.#dataDirectory = dataDirectory;
    this.#root = root;
  }

  uptimeSeconds(): number {
    return Math.floor(Number.parseFloat(this.#read("proc/uptime") ?? "0"));
  }

  /** Of the last minute. */
  loadCenti(): number {
    return Math.round(Number.parseFloat(this.#read("proc/loadavg") ?? "0") * 100);
  }

  /** Resident memory of this process. */
  memoryMb(): number {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(this.#read("proc/self/status") ?? "")?.[1];
    return Math.round(Number(kib ?? 0) / 1024);
  }

  /** The hottest sensor's. */
  temperatureCentiC(): number | undefined {
    const milliC = this.#list("sys/class/thermal")
      .filter((zone) => zone.startsWith("thermal_zone"))
      .map((zone) => Number.parseInt(this.#read(`sys/class/thermal/${zone}/temp`) ?? "", 10))
      .filter((reading) => !Number.isNaN(reading));
    return milliC.length === 0 ? undefined : Math.round(Math.max(...milliC) / 10);
  }

  /** Of the interface behind the default route: `ethernet`, `wifi`, `cellular`, or `none`. */
  network(): Network {
    const name = this.#defaultInterface();
    if (name === undefined) return { kind: "none" };
    const device = this.#read(`sys/class/net/${name}/uevent`) ?? "";
    if (/^DEVTYPE=wlan$/m.test(device)) return { kind: "wifi", signalDbm: this.#wifiSignalDbm(name) };
    const pointToPoint = this.#read(`sys/class/net/${name}/type`)?.trim() === "512";
    return { kind: pointToPoint || /^DEVTYPE=wwan$/m.test(device) ? "cellular" : "ethernet" };
  }

  /** As `df` counts: what is kept for root is neither free nor used. Throws when the folder is gone. */
  disk(): DiskReading {
    const { bsize, blocks, bfree, bavail } = statfsSync(this.#dataDirectory);
    const used = blocks - bfree;
    return {
      usedPercent: Math.ceil((used / Math.max(1, used + bavail)) * 100),
      freeMb: Math.floor((bavail * bsize) / MEBIBYTE),
    };
  }

  partitionMb(): number {
    const { bsize, blocks } = statfsSync(this.#dataDirectory);
    return Math.floor((blocks * bsize) / MEBIBYTE);
  }

  /** Another one at each boot of the machine; monotonic time counts within it. */
  bootId(): string {
    return this.#read("proc/sys/kernel/random/boot_id")?.trim() ?? "unknown";
  }

  /** Whether the kernel took its time from a battery-backed clock at boot: only then it knows how long the power was off. */
  hasHardwareClock(): boolean {
    return this.#list("sys/class/rtc").some((clock) => this.#read(`sys/class/rtc/${clock}/hctosys`)?.trim() === "1");
  }

  #defaultInterface(): string | undefined {
    const rows = (file: string): string[][] =>
      (this.#read(file) ?? "").split("\n").map((row) => row.trim().split(/\s+/));
    const ipv4 = rows("proc/net/route").find(
      ([, destination, , , , , , mask]) => destination === ZERO_4 && mask === ZERO_4,
    );
    if (ipv4 !== undefined) return ipv4[0];
    const ipv6 = rows("proc/net/ipv6_route").find((row) => row[0] === ZERO_6 && row[1] === "00" && row.at(-1) !== "lo");
    return ipv6?.at(-1);
  }

  #wifiSignalDbm(name: string): number | undefined {
    const row = (this.#read("proc/net/wireless") ?? "").split("\n").find((line) => line.trim().startsWith(`${name}:`));
    const level = Number.parseFloat(row?.trim().split(/\s+/)[3] ?? "");
    return level < 0 ? Math.round(level) : undefined;
  }

  #read(file: string): string | undefined {
    try {
      return readFileSync(path.join(this.#root, file), "utf8");
    } catch {
      return undefined;
    }
  }

  #list(folder: string): readonly string[] {
    try {
      return readdirSync(path.join(this.#root, folder));
    } catch {
      return [];
    }
  }
}

const ZERO_4 = "00000000";
const ZERO_6 = "0".repeat(32);
