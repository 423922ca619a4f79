import net from "node:net";
import tls from "node:tls";
import { AgentFailure } from "../domain/failure.ts";
import type { UnixMs } from "../domain/time.ts";
import { say } from "../texts/say.ts";
import { authoritiesIn, type CertificateTime, objectionWithoutClock } from "./broker-trust.ts";

/** Who we are and whom we trust. Nothing but this CA is believed: the machine's own store plays no part. */
export interface TlsIdentity {
  readonly caPem: string;
  readonly certPem: string;
  readonly keyPem: string;
  /** Asked at each connect; absent: the machine's clock is right. */
  readonly time?: () => CertificateTime;
  /** Told the end of the broker's certificate whenever it was believed. */
  readonly showed?: (untilMs: UnixMs) => void;
}

interface BrokerAddress {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** `mqtts://host:port`, or `mqtt://` for a broker on this machine in tests. Throws `link-failed` with advice. */
function parseBrokerUrl(text: string): BrokerAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === "" || (url.protocol !== "mqtts:" && url.protocol !== "mqtt:")) {
    throw new AgentFailure("link-failed", say("failure.brokerUrl.message", { url: text }), {
      hint: say("failure.brokerUrl.hint"),
    });
  }
  const secure = url.protocol === "mqtts:";
  // IPv6 literals stand in brackets in a URL and without them everywhere else.
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { host, port: url.port === "" ? (secure ? 8883 : 1883) : Number(url.port), secure };
}

/** Dead addresses are left after this long. Node's own 250 ms gives up on good ones behind a slow mobile link. */
const ADDRESS_ATTEMPT_MS = 5_000;

/**
 * Opens the way to a broker. `onReady` comes when bytes may go out: with TLS after the broker's certificate was verified, so
 * that nothing is ever said to a stranger. Errors and the end come by the socket's own events. Throws `link-failed`.
 */
export function openBrokerSocket(url: string, identity: TlsIdentity | undefined, onReady: () => void): net.Socket {
  const { host, port, secure } = parseBrokerUrl(url);
  const reach = { host, port, noDelay: true, autoSelectFamilyAttemptTimeout: ADDRESS_ATTEMPT_MS };
  if (!secure) return net.connect(reach, onReady);
  if (identity === undefined) {
    throw new AgentFailure("link-failed", say("failure.brokerIdentity.message", { url }), {
      hint: say("failure.brokerIdentity.hint"),
    });
  }
  const time = identity.time?.() ?? { kind: "clock" };
  const options: tls.ConnectionOptions & net.TcpNetConnectOpts = {
    ...reach,
    ca: identity.caPem,
    cert: identity.certPem,
    key: identity.keyPem,
    minVersion: "TLSv1.3",
    // Without a clock OpenSSL's verdict would be about the dates; ours comes in its place, before a byte is said.
    rejectUnauthorized: time.kind === "clock",
    // A name is sent and checked; an address can't be sent (RFC 6066) and is checked against the certificate's addresses.
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
  };
  const authorities = authoritiesIn(identity.caPem);
  const socket = tls.connect(options, () => {
    const shown = socket.getPeerX509Certificate();
    const objection = time.kind === "floor" ? objectionWithoutClock(shown, authorities, host, time.floorMs) : undefined;
    if (objection !== undefined) {
      socket.destroy(objection);
      return;
    }
    if (shown !== undefined) identity.showed?.(Date.parse(shown.validTo));
    onReady();
  });
  return socket;
}
