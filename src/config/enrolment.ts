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

/** Written in place of a serial number for a box that is bound to no hardware. */
const UNBOUND = "unknown";

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

/**
 * Reads the folder given to `loa run --enrolment`. Every missing or malformed file is named at once.
 * @param owner user id of the service: whoever else owns a key's file could read and replace it
 * @throws AgentFailure `enrolment-invalid`
 */
export function readEnrolment(directory: string, owner?: number): Enrolment {
  const faults: string[] = [];
  const exposed: string[] = [];
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
    if (content.length === 0) return content;
    const { mode, uid } = statSync(join(directory, name));
    const isForeign = owner !== undefined && uid !== owner;
    if (isForeign) faults.push(`${name}: ${say("failure.enrolment.secretForeign", { uid, owner })}`);
    if ((mode & 0o077) !== 0) faults.push(`${name}: ${say("failure.enrolment.secretReadable")}`);
    if (isForeign || (mode & 0o077) !== 0) exposed.push(join(directory, name));
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
        hint: exposed.length === 0 ? say("failure.enrolment.hint") : secretHint(exposed, owner),
      },
    );
  }
  return { ...gateway, rootEnvelope, placementEnvelope, gatewayKeyPath: join(directory, "gateway-key.pem"), tls };
}

/** The lines to type. */
function secretHint(files: readonly string[], owner: number | undefined): string {
  const names = files.join(" ");
  const commands = [...(owner === undefined ? [] : [`chown ${owner} ${names}`]), `chmod 600 ${names}`];
  return say("failure.enrolment.secretHint", { commands: commands.join(" && ") });
}

/**
 * A bundle belongs to one board: the same on another is a copied card, or a card moved into another box.
 * @param serial what this hardware says of itself
 * @throws AgentFailure `enrolment-invalid`
 */
export function refuseOtherHardware(enrolment: Enrolment, serial: string): void {
  const { gateway, serial: enrolled } = enrolment;
  if (enrolled === UNBOUND || enrolled === serial) return;
  throw new AgentFailure("enrolment-invalid", say("failure.enrolment.otherHardware", { gateway, enrolled, serial }), {
    hint: say("failure.enrolment.otherHardwareHint"),
  });
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
