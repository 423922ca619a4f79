import type { Authority } from "../../../src/desk/authority.ts";
import type { Placement } from "../../../src/domain/trust.ts";
import { seal } from "../../../src/wire/envelope.ts";
import {
  areaDocumentTopic,
  evidenceAckTopic,
  placementTopic,
  policyTopic,
  timeTopic,
} from "../../../src/wire/topics.ts";
import { COMMUNE } from "./desk.ts";
import type { Shot } from "./hostile-client.ts";
import { NONCE } from "./listened-topics.ts";
import { sealedBy } from "./orders.ts";
import type { Siege } from "./siege.ts";
import { GATEWAY } from "./station.ts";

// What is no order and yet changes what a gateway does, in the words and by the keys that an attack chooses.

type Aim = (scene: Siege) => Shot;
type Words = Readonly<Record<string, unknown>>;
export const PAST = { issuedAt: 1_700_000_000, notBefore: 1_700_000_000, expiresAt: 1_700_000_600 };

function bare(scene: Siege, issuer: string, level: string) {
  const { version, id, sequence, issuedAt, notBefore, expiresAt } = scene.order();
  return { version, id, issuer, level, sequence: sequence + 1, issuedAt, notBefore, expiresAt };
}

export function policy(words: Words, by: (scene: Siege) => Parameters<typeof seal>[1], chain = false): Aim {
  return (scene) => {
    const levels = [{ code: "commune", rank: 0 }];
    const message = { ...bare(scene, "root", "root"), type: "policy", levels, ...words };
    const bytes = seal(message, by(scene), message.issuedAt, chain ? scene.commune.issuer.chain : []);
    return { topic: policyTopic(), bytes };
  };
}

/** A document of an area; `by` signs, and unless `words` says otherwise in its own name. */
export function areaDocument(
  type: "revoked" | "beacon" | "index",
  by: (scene: Siege) => Authority,
  words: Words = {},
  at?: { area?: string; issuer?: string },
): Aim {
  return (scene) => {
    const signer = by(scene);
    const { issuer, level } = signer.delegation.subject;
    const own = {
      revoked: { keys: [{ kid: scene.commune.issuer.signer.kid, from: 1_700_000_000, reason: "compromised" }] },
      beacon: { n: 1_000_000, now: Math.floor(Date.now() / 1000), policySequence: 9, rootVersion: 9 },
      index: { items: [] },
    }[type];
    const message = { ...bare(scene, issuer, level), type, area: COMMUNE, ...own, ...words };
    return {
      topic: areaDocumentTopic(type, at?.area ?? COMMUNE, at?.issuer ?? message.issuer),
      bytes: sealedBy(message, [signer]),
    };
  };
}

export function placement(
  by: (scene: Siege) => Authority,
  changes: (inForce: Placement) => Words,
  gateway = GATEWAY,
): Aim {
  return (scene) => {
    const inForce = scene.commune.desk.database.register.find(GATEWAY)?.placement;
    if (inForce === undefined) throw new Error("the gateway is not in the register");
    const signer = by(scene);
    const zones = inForce.zones.map((zone) => ({ ...zone, gainCentiDb: -6_000, emergencyGainCentiDb: -6_000 }));
    const { issuer, level } = signer.delegation.subject;
    const { id } = scene.order();
    const next = { ...inForce, id, zones, issuer, level, sequence: inForce.sequence + 1, ...changes(inForce) };
    return { topic: placementTopic(gateway), bytes: sealedBy(next, [signer]) };
  };
}

export function toGateway(type: "time" | "evidence-ack", by: (scene: Siege) => Authority, words: Words = {}): Aim {
  return (scene) => {
    const signer = by(scene);
    const { issuer, level } = signer.delegation.subject;
    const own = {
      time: { nonce: NONCE, nowMs: Date.now() },
      "evidence-ack": { epoch: scene.order().id, to: 1, headHash: scene.commune.desk.root.payloadHash },
    }[type];
    const message = { ...bare(scene, issuer, level), type, gateway: GATEWAY, ...own, ...words };
    const topic = type === "time" ? timeTopic(GATEWAY, NONCE) : evidenceAckTopic(GATEWAY);
    return { topic, bytes: sealedBy(message, [signer]) };
  };
}
