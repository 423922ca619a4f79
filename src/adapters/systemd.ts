import { execFile } from "node:child_process";
import type { Log } from "../domain/ports.ts";
import type { Milliseconds } from "../domain/time.ts";

const NOTIFY_WITHIN_MS = 5_000;

/**
 * Tells systemd a state such as `READY=1` or `WATCHDOG=1`; nothing when systemd did not start us. Node has no datagram Unix
 * sockets, so its tool speaks for us (5 ms), and the unit needs NotifyAccess=all. The tool waits until systemd has taken the
 * message: of a sender that is gone already systemd can't tell whose it was, and drops it (systemd-notify(1), `--no-block`).
 */
export function notifySystemd(state: string, log: Log): void {
  if (process.env["NOTIFY_SOCKET"] === undefined) return;
  execFile("systemd-notify", [state], { timeout: NOTIFY_WITHIN_MS }, (error) => {
    if (error !== null) log.write("warn", "agent.notify-failed", { error, state }, "systemd can't be told");
  });
}

/** How often systemd wants `WATCHDOG=1`: half its deadline, as its manual advises. Undefined when it does not watch us. */
export function systemdWatchdogMs(): Milliseconds | undefined {
  const deadlineUs = Number(process.env["WATCHDOG_USEC"]);
  const watched = process.env["WATCHDOG_PID"] ?? String(process.pid);
  return deadlineUs > 0 && watched === String(process.pid) ? deadlineUs / 2_000 : undefined;
}
