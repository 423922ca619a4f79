import { createHash, type X509Certificate } from "node:crypto";
import { request as httpRequest } from "node:http";
import net from "node:net";
import tls, { type TLSSocket } from "node:tls";
import { objectionWithoutClock } from "../adapters/broker-trust.ts";
import { ENROL_PATH } from "../desk/enrolment-service.ts";
import { deskFailure } from "../desk/failure.ts";
import type { EnrolmentBundle, Voucher } from "../domain/enrolment.ts";
import type { AgentFailure } from "../domain/failure.ts";
import { readBundle } from "../wire/enrolment.ts";

const WITHIN_MS = 30_000;
const LARGEST_ANSWER_BYTES = 256 * 1024;

/**
 * Shows the voucher to the office's service, which is known by its CA's fingerprint, and brings home the bundle.
 * @throws AgentFailure `link-failed` when nobody answers, or a stranger; `enrolment-invalid` when the office refuses
 */
export async function askDesk(voucher: Voucher, request: Uint8Array): Promise<EnrolmentBundle> {
  const socket = await openTo(voucher);
  const { gateway, secret } = voucher;
  const body = JSON.stringify({ gateway, secret, request: Buffer.from(request).toString("utf8") });
  const { status, text } = await post(socket, voucher, body);
  const bundle = status === 200 ? readBundle(Buffer.from(text)) : undefined;
  if (bundle !== undefined) return bundle;
  throw refusal(codeIn(text), gateway);
}

/** Resolves when the other side is proven: the secret must not be said to a stranger. Dates are left aside, as a new box has no clock. */
function openTo(voucher: Voucher): Promise<TLSSocket> {
  const { host, port, pin } = voucher;
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown): void => {
      socket.destroy();
      const address = `${host}:${port}`;
      reject(deskFailure("enrol.unreachable", { address, reason }, "link-failed", cause));
    };
    const socket = tls.connect(
      {
        ...{ host, port, minVersion: "TLSv1.3", rejectUnauthorized: false },
        ...(net.isIP(host) === 0 ? { servername: host } : {}),
      } as tls.ConnectionOptions,
      () => {
        const shown = socket.getPeerX509Certificate();
        const authority = shown?.issuerCertificate;
        const isPinned = authority !== undefined && fingerprintOf(authority) === pin;
        const objection = isPinned ? objectionWithoutClock(shown, [authority], host, 0) : new Error("another CA");
        if (objection === undefined) resolve(socket);
        else fail(objection.message);
      },
    );
    socket.setTimeout(WITHIN_MS, () => fail("no answer"));
    socket.once("error", (error) => fail(error.message, error));
  });
}

function post(
  socket: TLSSocket,
  { host, port }: Voucher,
  body: string,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const fail = (reason: string, cause?: unknown): void => {
      socket.destroy();
      reject(deskFailure("enrol.unreachable", { address: `${host}:${port}`, reason }, "link-failed", cause));
    };
    const headers = { host: `${host}:${port}`, "content-type": "application/json", connection: "close" };
    const call = httpRequest(
      { createConnection: () => socket, method: "POST", path: ENROL_PATH, headers },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part: string) => {
          text += part;
          if (text.length > LARGEST_ANSWER_BYTES) fail("too long an answer");
        });
        answer.once("end", () => resolve({ status: answer.statusCode ?? 0, text }));
        answer.once("error", (error) => fail(error.message, error));
      },
    );
    call.once("error", (error) => fail(error.message, error));
    call.end(body);
  });
}

function fingerprintOf(certificate: X509Certificate): string {
  return createHash("sha256").update(certificate.raw).digest("base64url");
}

function codeIn(text: string): string {
  try {
    const { code } = JSON.parse(text);
    return typeof code === "string" ? code : "";
  } catch {
    return "";
  }
}

const REFUSALS = {
  unknown: "enrol.refused.unknown",
  expired: "enrol.refused.expired",
  used: "enrol.refused.used",
  serial: "enrol.refused.serial",
  "too-often": "enrol.refused.tooOften",
} as const;

function refusal(code: string, gateway: string): AgentFailure {
  const text = Object.entries(REFUSALS).find(([known]) => known === code)?.[1] ?? "enrol.refused.request";
  return deskFailure(text, { gateway }, "enrolment-invalid");
}
