import type { Log } from "../domain/ports.ts";

/** What birth tells of the machine, as text for people. */
export interface Inventory {
  readonly os: string;
  readonly hardware: string;
}

const LONGEST = 200;

/**
 * Asks systeminformation once. It starts processes and takes a while, so it is loaded here, after the connect, and never by a
 * heartbeat. What can't be found out reads `unknown`.
 */
export async function readInventory(log: Log): Promise<Inventory> {
  try {
    const { osInfo, system } = await import("systeminformation");
    const [os, box] = await Promise.all([osInfo(), system()]);
    return {
      os: describe([os.distro, os.release, "Linux", os.kernel, os.arch]),
      hardware: describe([box.manufacturer, box.model, box.version]),
    };
  } catch (error) {
    log.write("warn", "agent.inventory-failed", { error }, "the machine can't be described");
    return { os: "unknown", hardware: "unknown" };
  }
}

/** Makers leave fields empty or write a dash into them. */
function describe(parts: readonly string[]): string {
  const told = parts.map((part) => part.trim()).filter((part) => part !== "" && part !== "-");
  return told.length === 0 ? "unknown" : told.join(" ").slice(0, LONGEST);
}
