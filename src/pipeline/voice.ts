import type { GatewayId } from "../domain/broadcast.ts";
import type { Clock, OutboundMessage, Signer } from "../domain/ports.ts";
import type { UpPayload } from "../domain/report.ts";
import { toUnixSeconds } from "../domain/time.ts";
import { seal } from "../wire/envelope.ts";

type WithoutCommonMembers<Payload> = Payload extends UpPayload
  ? Omit<Payload, "version" | "gateway" | "issuedAt">
  : never;
/** What a part wants to say; the voice adds who says it and when. */
export type UpBody = WithoutCommonMembers<UpPayload>;

/** Everything a gateway says leaves through here: dated, enveloped and signed by the gateway's own key. */
export class Voice {
  readonly gateway: GatewayId;
  readonly #signer: Signer;
  readonly #clock: Clock;

  constructor(gateway: GatewayId, signer: Signer, clock: Clock) {
    this.gateway = gateway;
    this.#signer = signer;
    this.#clock = clock;
  }

  sealed(body: UpBody): Uint8Array {
    const issuedAt = toUnixSeconds(this.#clock.read().nowMs);
    return seal({ version: 1, ...body, gateway: this.gateway, issuedAt }, [this.#signer], issuedAt);
  }

  message(topic: string, body: UpBody, delivery: { readonly qos: 0 | 1; readonly retain: boolean }): OutboundMessage {
    return { topic, payload: this.sealed(body), ...delivery };
  }
}
