import type { Link, PublishOutcome } from "../domain/ports.ts";
import type { UnixSeconds } from "../domain/time.ts";
import { say } from "../texts/say.ts";
import type { RetainedMessage } from "./retained.ts";

/** In flight at one time. */
const WINDOW = 16;

export interface Published {
  /** How many the broker acknowledged. */
  readonly sent: number;
  /** For people: why the rest was not. */
  readonly fault: string | undefined;
}

/** Publishes all, in order, retained, and stops at the first that the broker does not acknowledge. */
export async function publishAll(
  link: Pick<Link, "publish">,
  messages: readonly RetainedMessage[],
  now: UnixSeconds,
  onSent: (sent: number) => void,
): Promise<Published> {
  let sent = 0;
  let fault: string | undefined;
  const rest = messages.values();
  const worker = async (): Promise<void> => {
    for (const { topic, payload, expiresAt } of rest) {
      const outcome = await link.publish({ topic, payload, qos: 1, retain: true, expirySeconds: expiresAt - now });
      if (outcome.kind !== "acknowledged") fault ??= describe(outcome, topic);
      if (fault !== undefined) return;
      sent += 1;
      onSent(sent);
    }
  };
  await Promise.all(Array.from({ length: Math.min(WINDOW, messages.length) }, worker));
  return { sent, fault };
}

function describe(outcome: Exclude<PublishOutcome, { kind: "acknowledged" }>, topic: string): string {
  return outcome.kind === "disconnected"
    ? say("desk.publish.disconnected")
    : say("desk.publish.refused", { topic, reason: `0x${outcome.reasonCode.toString(16)}` });
}
