import { readFileSync } from "node:fs";
import { MqttLink, type MqttLinkPorts } from "../adapters/mqtt-link.ts";
import type { Link, LinkLoss, Timers } from "../domain/ports.ts";
import { DESK_NAME } from "./broker-folder.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";

/** An office waits at its screen, and there are few of them: shorter than what thousands of gateways may allow themselves. */
const BACKOFF = { baseSeconds: 1, ceilingSeconds: 30, firstRetrySpreadSeconds: 1, steadySeconds: 60 };

const COMMON = {
  keepAliveSeconds: 30,
  receiveMaximum: 16,
  maximumPacketSizeBytes: 262_144,
  connectTimeoutSeconds: 10,
  backoff: BACKOFF,
};

/** The one lasting connection of a desk. Its session keeps what gateways say while serve is down, for two days. */
export function servingLink(desk: Desk, ports: MqttLinkPorts): MqttLink {
  const session = { clientId: DESK_NAME, cleanStart: false, sessionExpirySeconds: 2 * 86_400 };
  return new MqttLink({ ...COMMON, ...session, ...broker(desk) }, ports);
}

/** A connection for one command, beside a serve that may be running. */
export function passingLink(desk: Desk, name: string, ports: MqttLinkPorts): MqttLink {
  const session = { clientId: `${DESK_NAME}-${name}`, cleanStart: true, sessionExpirySeconds: 0 };
  return new MqttLink({ ...COMMON, ...session, ...broker(desk) }, ports);
}

function broker({ folder, settings }: Desk) {
  return {
    urls: [settings.broker],
    tls: {
      caPem: readFileSync(folder.authority.certificatePath, "utf8"),
      certPem: readFileSync(folder.client.certificatePath, "utf8"),
      keyPem: readFileSync(folder.client.keyPath, "utf8"),
    },
  };
}

/** Trouble that waiting does not cure. */
const HOPELESS: readonly LinkLoss[] = ["untrusted", "refused", "protocol"];

/**
 * Starts a link that only publishes and resolves when it is connected.
 * @throws AgentFailure `link-failed` after `withinMs`, or at once when the broker is a stranger or refuses us
 */
export function connectOnce(link: Link, timers: Pick<Timers, "after">, url: string, withinMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let reason = "";
    const giveUp = () => reject(deskFailure("desk.link", { url, reason }, "link-failed"));
    const deadline = timers.after(withinMs, giveUp);
    link.start({
      connected: () => {
        deadline.cancel();
        resolve();
      },
      disconnected: () => {},
      attemptFailed: (loss, detail) => {
        reason = detail;
        if (!HOPELESS.includes(loss)) return;
        deadline.cancel();
        giveUp();
      },
      message: () => {},
    });
  });
}
