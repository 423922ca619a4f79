import type { GatewayId } from "./broadcast.ts";
import type { UnixSeconds } from "./time.ts";

/** What a box asks an office to sign: sealed with the gateway key that it made itself. Its private keys never leave it. */
export interface EnrolmentRequest {
  readonly version: 1;
  readonly type: "enrolment-request";
  readonly issuedAt: UnixSeconds;
  /** Of the hardware. */
  readonly serial: string;
  /** Raw Ed25519, base64url: what this request is sealed with, and later every report. */
  readonly publicKey: string;
  /** PKCS 10 in PEM, for the box's TLS key. */
  readonly certificateRequest: string;
}

/** What comes back, one file: everything of the enrolment folder but the private keys. Nothing in it is secret. */
export interface EnrolmentBundle {
  readonly format: "loa-bundle-1";
  readonly gateway: GatewayId;
  readonly serial: string;
  /** Of the request it answers. */
  readonly publicKey: string;
  readonly brokers: readonly string[];
  /** Envelopes, as text. */
  readonly root: string;
  readonly placement: string;
  /** PEM. */
  readonly certificate: string;
  readonly authority: string;
}

/** Lets one box, known by its serial number, fetch its bundle once from the office's service. */
export interface Voucher {
  readonly gateway: GatewayId;
  readonly serial: string;
  /** 16 bytes, base64url. The office keeps only its hash. */
  readonly secret: string;
  readonly host: string;
  readonly port: number;
  /** SHA-256 of the office's CA certificate, base64url: whom the box believes before it knows anybody. */
  readonly pin: string;
}
