import { copyFileSync } from "node:fs";
import { join } from "node:path";
import type { AreaId, AreaKind } from "../domain/broadcast.ts";
import { toUnixSeconds } from "../domain/time.ts";
import type { PlacedArea, PlacedZone, Placement } from "../domain/trust.ts";
import { payloadHashOf, seal } from "../wire/envelope.ts";
import { placementTopic } from "../wire/topics.ts";
import { type Authority, loadAuthority } from "./authority.ts";
import { type Desk, LEAF_DAYS } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import { buildFolder, isMissingOrEmpty, writePrivate, writePublic } from "./files.ts";
import type { DeskSettings } from "./folder.ts";
import { newSigningKey } from "./keys.ts";
import { commonMembers, type Moment } from "./moment.ts";
import { OPERATIONS } from "./names.ts";
import { issueCertificate } from "./openssl.ts";

export interface EnrolmentRequest {
  readonly gateway: string;
  readonly serial: string;
  readonly commune: AreaId;
  /** Areas besides the commune and the desk's territory. */
  readonly areas: readonly { readonly id: AreaId; readonly kind: AreaKind }[];
  readonly zones: readonly { readonly id: string; readonly tags: readonly string[] }[];
}

export interface Enrolled {
  readonly bundle: string;
  readonly placement: Placement;
}

/**
 * Makes the folder that `loa run --enrolment` takes (PROTOCOL.md, section 8) and enters the gateway in the register. The
 * bundle holds private keys: it belongs on that one box, and nowhere else.
 * @throws AgentFailure `desk-invalid`
 */
export async function enrolGateway(desk: Desk, request: EnrolmentRequest, moment: Moment): Promise<Enrolled> {
  const { gateway, serial, commune } = request;
  const bundle = desk.folder.gateway(gateway);
  if (desk.database.register.find(gateway) !== undefined || !isMissingOrEmpty(bundle)) {
    throw deskFailure("desk.gateway.exists", { gateway });
  }
  const operations = await loadAuthority(desk, OPERATIONS, "placement");
  const sequence = desk.database.sequences.next("placement", moment.nowMs);
  const placement = placementFor(request, desk.settings, operations, sequence, moment);
  const envelope = seal(placement, [operations.signer], placement.issuedAt, operations.chain);
  const key = newSigningKey();

  await buildFolder(bundle, async (folder) => {
    const file = (name: string) => join(folder, name);
    writePublic(
      file("gateway.json"),
      `${JSON.stringify({ gateway, serial, brokers: placement.brokers }, undefined, 2)}\n`,
    );
    writePublic(file("root.json"), desk.root.envelope);
    writePublic(file("placement.json"), envelope);
    writePrivate(file("gateway-key.pem"), key.pem);
    copyFileSync(desk.folder.authority.certificatePath, file("broker-ca.pem"));
    await issueCertificate(desk.folder.authority, {
      keyPath: file("tls-key.pem"),
      certificatePath: file("tls-cert.pem"),
      commonName: gateway,
      days: LEAF_DAYS,
    });
  });

  const enrolledAt = toUnixSeconds(moment.nowMs);
  const { holder } = operations.delegation.subject;
  const hash = payloadHashOf(envelope);
  desk.audit.record({ act: "gateway", subject: gateway, holders: [holder], detail: commune, hash }, moment.nowMs);
  desk.database.transaction(() => {
    desk.database.register.add({ gateway, serial, publicKey: key.publicKey, commune, placement, enrolledAt });
    desk.database.retained.put({
      topic: placementTopic(gateway),
      payload: envelope,
      expiresAt: placement.expiresAt,
    });
  });
  return { bundle, placement };
}

function placementFor(
  request: EnrolmentRequest,
  settings: DeskSettings,
  { delegation }: Authority,
  sequence: number,
  moment: Moment,
): Placement {
  const { issuer, level } = delegation.subject;
  const seconds = delegation.expiresAt - toUnixSeconds(moment.nowMs);
  const zones: PlacedZone[] = request.zones.map((zone) => ({ ...zone, gainCentiDb: 0, emergencyGainCentiDb: 0 }));
  return {
    ...commonMembers(moment, { issuer, level, sequence, seconds }),
    type: "placement",
    gateway: request.gateway,
    areas: placedAreas(request, settings),
    commune: request.commune,
    zones,
    brokers: [settings.broker],
    timeZone: settings.timeZone,
  };
}

function placedAreas({ commune, areas }: EnrolmentRequest, { territory }: DeskSettings): PlacedArea[] {
  // A commune's own desk answers for that commune and nothing around it.
  const ownGround: PlacedArea[] =
    commune === territory.id
      ? [{ id: commune, kind: "commune", within: [] }]
      : [
          { ...territory, within: [] },
          { id: commune, kind: "commune", within: [territory.id] },
        ];
  const placed: PlacedArea[] = [
    ...ownGround,
    ...areas.map(({ id, kind }) => ({ id, kind, within: containersOf(kind, commune, territory.id) })),
  ];
  const twice = placed.find((area, index) => placed.findIndex((other) => other.id === area.id) !== index);
  if (twice !== undefined) throw deskFailure("desk.gateway.areaTwice", { area: twice.id }, "usage");
  return placed;
}

function containersOf(kind: AreaKind, commune: AreaId, territory: AreaId): readonly AreaId[] {
  switch (kind) {
    case "special":
    case "test":
      return [commune];
    case "commune":
      return [territory];
    case "province":
    case "nation":
      return [];
    default:
      return kind satisfies never;
  }
}
