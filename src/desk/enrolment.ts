import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { toUnixSeconds } from "../domain/time.ts";
import type { Placement } from "../domain/trust.ts";
import { payloadHashOf } from "../wire/envelope.ts";
import { placementTopic } from "../wire/topics.ts";
import { type Desk, LEAF_DAYS } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import { buildFolder, isMissingOrEmpty, writePrivate, writePublic } from "./files.ts";
import { newSigningKey } from "./keys.ts";
import type { Moment } from "./moment.ts";
import { issueCertificate } from "./openssl.ts";
import { placeNew, type SignedPlacement, type Site } from "./placing.ts";

export interface Enrolled {
  readonly bundle: string;
  readonly placement: Placement;
}

/**
 * Makes a whole enrolment folder (PROTOCOL.md, section 8), keys and all, for a box on this very machine: trials and tests. A box
 * that somebody carries to its pole makes its own keys (`enrolment-request.ts`).
 * @throws AgentFailure `desk-invalid`
 */
export async function enrolGateway(desk: Desk, site: Site, moment: Moment): Promise<Enrolled> {
  const { gateway, serial } = site;
  const bundle = desk.folder.gateway(gateway);
  if (!isMissingOrEmpty(bundle)) throw deskFailure("desk.gateway.exists", { gateway });
  const signed = await placeNew(desk, site, moment);
  const key = newSigningKey();

  await buildFolder(bundle, async (folder) => {
    const file = (name: string) => join(folder, name);
    const { brokers } = signed.placement;
    writePublic(file("gateway.json"), `${JSON.stringify({ gateway, serial, brokers }, undefined, 2)}\n`);
    writePublic(file("root.json"), desk.root.envelope);
    writePublic(file("placement.json"), signed.envelope);
    writePrivate(file("gateway-key.pem"), key.pem);
    copyFileSync(desk.folder.authority.certificatePath, file("broker-ca.pem"));
    await issueCertificate(desk.folder.authority, {
      keyPath: file("tls-key.pem"),
      certificatePath: file("tls-cert.pem"),
      commonName: gateway,
      days: LEAF_DAYS,
    });
  });
  enterInRegister(desk, signed, { serial, publicKey: key.publicKey }, moment);
  return { bundle, placement: signed.placement };
}

/** From now on its reports are believed, and the broker holds its placement. */
export function enterInRegister(
  desk: Pick<Desk, "audit" | "database">,
  { placement, envelope, holder }: SignedPlacement,
  { serial, publicKey }: { readonly serial: string; readonly publicKey: string },
  { nowMs }: Pick<Moment, "nowMs">,
): void {
  const { gateway, commune, expiresAt } = placement;
  const hash = payloadHashOf(envelope);
  desk.audit.record({ act: "gateway", subject: gateway, holders: [holder], detail: commune, hash }, nowMs);
  const enrolledAt = toUnixSeconds(nowMs);
  desk.database.transaction(() => {
    desk.database.register.add({ gateway, serial, publicKey, commune, placement, enrolledAt });
    desk.database.retained.put({ topic: placementTopic(gateway), payload: envelope, expiresAt });
  });
}
