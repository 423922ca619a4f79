import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import type { Clock, Part } from "../domain/ports.ts";
import { toUnixSeconds } from "../domain/time.ts";
import { AttemptLimit } from "./attempt-limit.ts";
import { type Desk, LEAF_DAYS } from "./desk.ts";
import { issueCertificate } from "./openssl.ts";
import { readRoot } from "./root.ts";
import type { ServeEvent } from "./serve-event.ts";
import { finishSuccession } from "./succession.ts";
import { type Redeemed, type Redemption, redeem } from "./voucher.ts";

export interface ServiceAddress {
  /** As vouchers name it, and as the certificate does. */
  readonly host: string;
  readonly port: number;
}

interface Parts {
  readonly desk: Pick<Desk, "folder" | "database" | "audit">;
  readonly address: ServiceAddress;
  readonly clock: Clock;
  readonly tell: (event: ServeEvent) => void;
  readonly fault: (error: unknown) => void;
}

export const ENROL_PATH = "/enrol";
const LARGEST_BODY_BYTES = 32 * 1024;
const WITHIN_MS = 15_000;
const MOST_CONNECTIONS = 32;

const redemptionSchema: v.GenericSchema<unknown, Redemption> = v.strictObject({
  gateway: v.pipe(v.string(), v.maxLength(12)),
  secret: v.pipe(v.string(), v.maxLength(64)),
  request: v.string(),
});

/** Answers boxes that show a voucher. It runs beside `desk serve` in the office; a box itself never listens. */
export class EnrolmentService implements Part {
  readonly name = "enrolment-service";
  readonly #parts: Parts;
  readonly #limit = new AttemptLimit();
  #server: Server | undefined;
  /** One at a time: a voucher is good once. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Its port, also when it was asked to take any (0). */
  get port(): number {
    const address = this.#server?.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  async start(): Promise<void> {
    const { address, tell } = this.#parts;
    const identity = await this.#identity();
    const server = createServer({ ...identity, minVersion: "TLSv1.3" }, (request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.destroy();
        this.#parts.fault(error);
      });
    });
    Object.assign(server, { requestTimeout: WITHIN_MS, headersTimeout: WITHIN_MS, maxConnections: MOST_CONNECTIONS });
    this.#server = server;
    server.listen(address.port, isLoopback(address.host) ? address.host : undefined);
    await once(server, "listening");
    tell({ event: "enrolment-open", address: `${address.host}:${this.port}` });
  }

  async stop(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
    await this.#turn.catch(() => {});
  }

  /** The CA goes along: a box knows it by its fingerprint alone. */
  async #identity(): Promise<{ readonly key: string; readonly cert: string }> {
    const { authority } = this.#parts.desk.folder;
    const { host } = this.#parts.address;
    const folder = mkdtempSync(join(tmpdir(), "loa-enrol-"));
    try {
      const files = { keyPath: join(folder, "key.pem"), certificatePath: join(folder, "cert.pem") };
      await issueCertificate(authority, { ...files, commonName: host, host, days: LEAF_DAYS });
      const cert = readFileSync(files.certificatePath, "utf8") + readFileSync(authority.certificatePath, "utf8");
      return { key: readFileSync(files.keyPath, "utf8"), cert };
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { clock, tell } = this.#parts;
    const from = request.socket.remoteAddress ?? "?";
    const say = (status: number, text: string): void => {
      response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(text);
    };
    const refuse = (status: number, code: string, gateway?: string, detail?: string): void => {
      tell({ event: "enrolment-refused", from, code, gateway, detail });
      say(status, JSON.stringify({ code }));
    };
    if (!this.#limit.admits(from, clock.monotonicMs())) {
      refuse(429, "too-often");
      return;
    }
    const asked = request.method === "POST" && request.url === ENROL_PATH ? await this.#read(request) : undefined;
    if (asked === undefined) {
      refuse(400, "request");
      return;
    }
    const redeemed = await this.#redeem(asked);
    if (redeemed.kind === "refused") {
      refuse(403, redeemed.code, asked.gateway, redeemed.detail);
      return;
    }
    const { bundle, serial, again } = redeemed;
    say(200, bundle);
    tell({ event: "enrolled", gateway: asked.gateway, serial, again });
  }

  #redeem(asked: Redemption): Promise<Redeemed> {
    const { desk, clock } = this.#parts;
    const redeemed = this.#turn
      .catch(() => {})
      .then(() => {
        const { nowMs } = clock.read();
        // The root of this moment: it may have changed hands since the service began, and the placement hangs on it.
        finishSuccession(desk, toUnixSeconds(nowMs));
        return redeem({ ...desk, root: readRoot(desk.folder) }, asked, { nowMs });
      });
    this.#turn = redeemed;
    return redeemed;
  }

  /** Undefined for what is no redemption, or broke off. */
  async #read(request: IncomingMessage): Promise<Redemption | undefined> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of request) {
        bytes += chunk.length;
        if (bytes > LARGEST_BODY_BYTES) return undefined;
        chunks.push(chunk);
      }
      const reading = v.safeParse(redemptionSchema, JSON.parse(Buffer.concat(chunks).toString("utf8")));
      return reading.success ? reading.output : undefined;
    } catch {
      return undefined;
    }
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
