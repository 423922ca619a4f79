import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { AgentFailure } from "../domain/failure.ts";
import { say } from "../texts/say.ts";

const gatewayFile = v.object({
  gateway: v.pipe(v.string(), v.regex(/^[0-9a-hjkmnp-tv-z]{12}$/)),
  serial: v.string(),
  brokers: v.pipe(v.array(v.pipe(v.string(), v.startsWith("mqtts://"))), v.minLength(1)),
});

/** The enrolment bundle of PROTOCOL.md, as bytes: who this box is, what it trusts, and its keys. Nothing verified yet. */
export interface Enrolment {
  readonly gateway: string;
  readonly serial: string;
  readonly brokers: readonly string[];
  readonly rootEnvelope: Uint8Array;
  readonly placementEnvelope: Uint8Array;
  readonly gatewayKeyPath: string;
  readonly tls: { readonly caPem: string; readonly certPem: string; readonly keyPem: string };
}

/** Reads the folder given to `loa run --enrolment`. Every missing or malformed file is named at once. */
export function readEnrolment(directory: string): Enrolment {
  const faults: string[] = [];
  const read = (name: string): Buffer => {
    try {
      return readFileSync(join(directory, name));
    } catch (error) {
      faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return Buffer.alloc(0);
    }
  };
  const readSecret = (name: string): Buffer => {
    const content = read(name);
    if (content.length > 0 && (statSync(join(directory, name)).mode & 0o077) !== 0) {
      faults.push(`${name}: ${say("failure.enrolment.secretReadable")}`);
    }
    return content;
  };

  const gatewayText = read("gateway.json");
  const rootEnvelope = read("root.json");
  const placementEnvelope = read("placement.json");
  readSecret("gateway-key.pem");
  const tls = {
    caPem: read("broker-ca.pem").toString("utf8"),
    certPem: read("tls-cert.pem").toString("utf8"),
    keyPem: readSecret("tls-key.pem").toString("utf8"),
  };
  const gateway = gatewayText.length === 0 ? undefined : parseGateway(gatewayText.toString("utf8"), faults);
  if (gateway === undefined || faults.length > 0) {
    throw new AgentFailure(
      "enrolment-invalid",
      say("failure.enrolment.message", { directory, faults: faults.join("; ") }),
      {
        hint: say("failure.enrolment.hint"),
      },
    );
  }
  return { ...gateway, rootEnvelope, placementEnvelope, gatewayKeyPath: join(directory, "gateway-key.pem"), tls };
}

function parseGateway(text: string, faults: string[]): v.InferOutput<typeof gatewayFile> | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    faults.push(`gateway.json: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
  const result = v.safeParse(gatewayFile, parsed);
  if (result.success) return result.output;
  for (const issue of result.issues) faults.push(`gateway.json: ${v.getDotPath(issue) ?? ""}: ${issue.message}`);
  return undefined;
}
