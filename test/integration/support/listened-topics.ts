import {
  areaDocumentTopic,
  broadcastTopic,
  controlTopic,
  evidenceAckTopic,
  placementTopic,
  policyTopic,
  rootTopic,
  timeTopic,
} from "../../../src/wire/topics.ts";
import { COMMUNE, ISSUER } from "./desk.ts";
import { GATEWAY } from "./station.ts";

export const TERRITORY = "tinh-a";
/** Of a question that nobody asked. */
export const NONCE = "AAAAAAAAAAAAAAAAAAAAAA";

/** Every topic that a gateway under attack listens to, an id in it where one stands. */
export function listenedTopics(id: string): readonly string[] {
  return [
    ...[COMMUNE, TERRITORY].flatMap((area) => [true, false].map((emergency) => broadcastTopic(area, emergency, id))),
    controlTopic(COMMUNE, id),
    policyTopic(),
    rootTopic(1),
    rootTopic(2),
    ...(["revoked", "beacon", "index"] as const).map((kind) => areaDocumentTopic(kind, COMMUNE, ISSUER)),
    placementTopic(GATEWAY),
    evidenceAckTopic(GATEWAY),
    timeTopic(GATEWAY, NONCE),
  ];
}
