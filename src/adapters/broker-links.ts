import type { GatewayId } from "../domain/broadcast.ts";
import type { Link } from "../domain/ports.ts";
import { DEFAULT_BACKOFF } from "./backoff.ts";
import type { TlsIdentity } from "./broker-socket.ts";
import { MqttLink, type MqttLinkPorts, type MqttLinkSettings } from "./mqtt-link.ts";

const CONNECT_TIMEOUT_SECONDS = 20;
const SESSION_EXPIRY_SECONDS = 86_400;
const RECEIVE_MAXIMUM = 16;
const MAXIMUM_PACKET_BYTES = 131_072;
/** Of the media link: it is idle most of the day, and a fetch that stalls finds a dead one by itself. */
const MEDIA_KEEP_ALIVE_SECONDS = 300;

export interface BrokerLinkSettings {
  readonly gateway: GatewayId;
  readonly urls: readonly string[];
  readonly tls: TlsIdentity;
  readonly keepAliveSeconds: number;
  readonly backoffBaseSeconds: number;
  readonly backoffCeilingSeconds: number;
  readonly firstRetrySpreadSeconds: number;
}

/** Orders and sound on connections of their own: brokers drop silently when one client's queue is full. */
export function brokerLinks(
  settings: BrokerLinkSettings,
  ports: MqttLinkPorts,
): { readonly control: Link; readonly media: Link } {
  const { gateway, urls, tls, keepAliveSeconds, backoffBaseSeconds, backoffCeilingSeconds } = settings;
  const common: Omit<MqttLinkSettings, "clientId" | "cleanStart" | "sessionExpirySeconds" | "keepAliveSeconds"> = {
    urls,
    receiveMaximum: RECEIVE_MAXIMUM,
    maximumPacketSizeBytes: MAXIMUM_PACKET_BYTES,
    connectTimeoutSeconds: CONNECT_TIMEOUT_SECONDS,
    tls,
    backoff: {
      ...DEFAULT_BACKOFF,
      baseSeconds: backoffBaseSeconds,
      ceilingSeconds: backoffCeilingSeconds,
      firstRetrySpreadSeconds: settings.firstRetrySpreadSeconds,
    },
  };
  const control = { clientId: gateway, cleanStart: false, sessionExpirySeconds: SESSION_EXPIRY_SECONDS };
  const media = { clientId: `${gateway}-media`, cleanStart: true, sessionExpirySeconds: 0 };
  return {
    control: new MqttLink({ ...common, ...control, keepAliveSeconds }, ports),
    media: new MqttLink({ ...common, ...media, keepAliveSeconds: MEDIA_KEEP_ALIVE_SECONDS }, ports),
  };
}
