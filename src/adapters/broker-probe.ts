import { TLSSocket } from "node:tls";
import type { BrokerReach } from "../domain/diagnosis.ts";
import type { Milliseconds, UnixMs } from "../domain/time.ts";
import { openBrokerSocket, type TlsIdentity } from "./broker-socket.ts";
import { socketLoss } from "./broker-trust.ts";

/** With TLS 1.3 a broker judges our certificate after we judged its: its refusal comes on a connection that seems to stand. */
const OBJECTION_MS: Milliseconds = 500;

/** Goes as far as an agent does before its first MQTT packet, and says nothing. Throws `link-failed` for what is no address. */
export function probeBroker(url: string, identity: TlsIdentity, withinMs: Milliseconds): Promise<BrokerReach> {
  return new Promise((resolve) => {
    const startedAtMs = performance.now();
    let reached: BrokerReach | undefined;
    let certificateUntilMs: UnixMs | undefined;
    const showed = (untilMs: UnixMs): void => {
      certificateUntilMs = untilMs;
    };
    const socket = openBrokerSocket(url, { ...identity, showed }, () => {
      const protocol = socket instanceof TLSSocket ? (socket.getProtocol() ?? "TLS") : "TCP";
      reached = {
        kind: "reached",
        elapsedMs: Math.round(performance.now() - startedAtMs),
        protocol,
        certificateUntilMs,
      };
      clearTimeout(deadline);
      deadline = setTimeout(() => settle(reached ?? { kind: "late", withinMs }), OBJECTION_MS);
    });
    const settle = (reach: BrokerReach): void => {
      clearTimeout(deadline);
      socket.destroy();
      resolve(reach);
    };
    let deadline = setTimeout(() => settle({ kind: "late", withinMs }), withinMs);
    socket.on("error", (error) => {
      const { loss, detail: reason } = socketLoss(error);
      if (reached !== undefined) settle({ kind: "refused", reason });
      else settle({ kind: loss === "untrusted" ? loss : "unreachable", reason });
    });
    socket.on("end", () => settle({ kind: "refused", reason: "closed" }));
  });
}
