import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { SystemClock } from "../../../src/adapters/system-clock.ts";
import { SystemTimers } from "../../../src/adapters/timers.ts";
import type { Desk } from "../../../src/desk/desk.ts";
import { EnrolmentService } from "../../../src/desk/enrolment-service.ts";
import type { ServeEvent } from "../../../src/desk/serve-event.ts";
import { isAgentFailure } from "../../../src/domain/failure.ts";
import { FakeLog } from "../../fakes/log.ts";
import { aSite } from "../../fixtures/desk-access.ts";

export const SERIAL = "10000000a1b2c3d4";
export const SITE = aSite({ serial: SERIAL });

export function emptyFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "loa-enrol-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The office's service on a free port of this machine; `laterMs` sets its clock ahead. A fault would end it, and `desk serve` with it. */
export async function enrolmentService(
  desk: Desk,
  laterMs = 0,
): Promise<{ port: number; events: ServeEvent[]; faults: unknown[] }> {
  const log = new FakeLog();
  const clock = new SystemClock("assumed", new SystemTimers(log), log);
  const events: ServeEvent[] = [];
  const faults: unknown[] = [];
  const service = new EnrolmentService({
    desk,
    address: { host: "127.0.0.1", port: 0 },
    clock: {
      read: () => ({ ...clock.read(), nowMs: Date.now() + laterMs }),
      monotonicMs: () => clock.monotonicMs(),
      onChange: () => {},
    },
    tell: (event) => events.push(event),
    fault: (error) => void faults.push(error),
  });
  onTestFinished(() => service.stop());
  await service.start();
  return { port: service.port, events, faults };
}

/** The words of a refusal; fails when there was none. */
export async function refusalOf(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
  } catch (error) {
    if (isAgentFailure(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error("it was not refused");
}
