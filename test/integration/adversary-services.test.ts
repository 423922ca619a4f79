import { OTHER_GATEWAY } from "../fixtures/desk-access.ts";
import { ISSUER } from "./support/desk.ts";
import { areaDocument, PAST, toGateway } from "./support/documents.ts";
import { neighbour, service, speaker, stranger } from "./support/people.ts";
import { type Attack, besieged, refusedAs } from "./support/siege.ts";

// What an office's services say, by keys that lie open on a server: nobody else says it, and they say nothing else.

const AREA_DOCUMENTS: readonly Attack[] = (["revoked", "beacon", "index"] as const).flatMap((type): Attack[] => [
  { name: `${type} by a stranger`, refused: "key-unknown", shots: areaDocument(type, stranger) },
  { name: `${type} by a key that may only speak`, refused: "scope-use", shots: areaDocument(type, speaker) },
  { name: `${type} by a neighbour, for our area`, refused: "scope-area", shots: areaDocument(type, neighbour) },
  {
    name: `${type} in the commune's name by its neighbour`,
    refused: "scope-use",
    shots: areaDocument(type, neighbour, { issuer: ISSUER }),
  },
  {
    name: `${type} of another area on a topic of ours`,
    refused: "binding",
    shots: areaDocument(type, neighbour, { area: "xa-khac" }),
  },
  {
    name: `${type} on the topic of another issuer`,
    refused: "binding",
    shots: areaDocument(type, neighbour, {}, { issuer: ISSUER }),
  },
  { name: `${type} whose time is over`, refused: "expired", shots: areaDocument(type, neighbour, PAST) },
  {
    name: `${type} under the name of the root`,
    refused: "scope-use",
    shots: areaDocument(type, speaker, { issuer: "root", level: "root" }),
  },
]);

const ANSWERS: readonly Attack[] = [
  ...refusedAs("key-unknown", {
    "the time, told by a stranger": toGateway("time", stranger),
    "evidence acknowledged by a stranger": toGateway("evidence-ack", stranger),
  }),
  ...refusedAs("scope-use", {
    "the time, told by a key that may only speak": toGateway("time", speaker),
    "evidence acknowledged by the commune that is to be proven": toGateway("evidence-ack", speaker),
  }),
  ...refusedAs("scope-area", {
    "the time, told by a neighbour": toGateway("time", neighbour),
    "evidence acknowledged by a neighbour": toGateway("evidence-ack", neighbour),
  }),
  ...refusedAs("binding", {
    "the time for another question": toGateway("time", neighbour, { nonce: "BBBBBBBBBBBBBBBBBBBBBA" }),
    "the time for another gateway": toGateway("time", neighbour, { gateway: OTHER_GATEWAY }),
    "evidence of another gateway acknowledged here": toGateway("evidence-ack", service, { gateway: OTHER_GATEWAY }),
  }),
  ...refusedAs("schema", {
    "the time in seconds of a far century": toGateway("time", neighbour, { nowMs: Number.MAX_SAFE_INTEGER }),
    "an acknowledgement of record nought": toGateway("evidence-ack", service, { to: 0 }),
    "an acknowledgement of what is not written yet, as a list": toGateway("evidence-ack", service, { to: [1] }),
  }),
  ...refusedAs("expired", {
    "an acknowledgement whose time is over": toGateway("evidence-ack", service, PAST),
  }),
];

besieged([...AREA_DOCUMENTS, ...ANSWERS]);
