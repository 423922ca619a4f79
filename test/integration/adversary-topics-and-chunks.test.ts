import type { AudioFile } from "../../src/domain/broadcast.ts";
import {
  broadcastTopic,
  chunkTopic,
  controlTopic,
  evidenceAckTopic,
  placementTopic,
  policyTopic,
  rootTopic,
  timeTopic,
} from "../../src/wire/topics.ts";
import { OTHER_GATEWAY } from "../fixtures/desk-access.ts";
import { COMMUNE } from "./support/desk.ts";
import { listenedTopics, NONCE, TERRITORY } from "./support/listened-topics.ts";
import { type AimedShot, type Attack, besieged, refusedAs, type Siege } from "./support/siege.ts";
import { GATEWAY, type MadeItem } from "./support/station.ts";

// Everything is retained, as an attacker leaves it who wants it to be found by whoever comes later.

/** A good order on a topic that it is not for. */
function astray(topic: (scene: Siege, id: string) => string) {
  return (scene: Siege): AimedShot => {
    const order = scene.order();
    return { topic: topic(scene, order.id), bytes: scene.commune.signed(order), retain: true };
  };
}

const MISPLACED: readonly Attack[] = [
  ...refusedAs("binding", {
    "a bulletin on the emergency topic": astray((_, id) => broadcastTopic(COMMUNE, true, id)),
    "a bulletin under another id": astray((scene) => broadcastTopic(COMMUNE, false, scene.order().id)),
    "a bulletin on the topic of an area that contains its own": astray((_, id) => broadcastTopic(TERRITORY, false, id)),
    "a bulletin among controls": astray((_, id) => controlTopic(COMMUNE, id)),
    "a bulletin as the policy": astray(() => policyTopic()),
    "a bulletin as a root": astray(() => rootTopic(2)),
    "a bulletin as a placement": astray(() => placementTopic(GATEWAY)),
    "a bulletin as an acknowledgement": astray(() => evidenceAckTopic(GATEWAY)),
    "a bulletin as the time": astray(() => timeTopic(GATEWAY, NONCE)),
    "a bulletin for another commune on a topic of ours": (scene) => {
      const order = scene.order({ targets: [{ area: "xa-khac" }] });
      return { topic: broadcastTopic(COMMUNE, false, order.id), bytes: scene.commune.signed(order) };
    },
    "an emergency on the topic of bulletins": (scene) => {
      const order = scene.order({ class: "emergency", severity: 2 });
      return { topic: broadcastTopic(COMMUNE, false, order.id), bytes: scene.commune.signed(order) };
    },
  }),
  { name: "a bulletin for another gateway's ears", shots: astray(() => placementTopic(OTHER_GATEWAY)) },
  { name: "a bulletin in another area", shots: astray((_, id) => broadcastTopic("xa-khac", false, id)) },
];

const TOPICS: readonly Attack[] = [
  ...refusedAs("binding", {
    "an id that is a path": astray(() => `loa/1/area/${COMMUNE}/broadcast/..`),
    "an id that is empty": astray(() => `loa/1/area/${COMMUNE}/broadcast/`),
    "an id in small letters": astray((_, id) => `loa/1/area/${COMMUNE}/broadcast/${id.toLowerCase()}`),
    "an id of one letter too many": astray((_, id) => `loa/1/area/${COMMUNE}/broadcast/${id}0`),
    "an id with a space": astray((_, id) => `loa/1/area/${COMMUNE}/broadcast/${id} `),
    "an id in look-alike letters": astray((_, id) => `loa/1/area/${COMMUNE}/broadcast/${id.replace("0", "О")}`),
    "a root with a leading zero": astray(() => "loa/1/trust/root/02"),
    "a root beyond all numbers": astray(() => "loa/1/trust/root/1000000000"),
    "a root of hexadecimal": astray(() => "loa/1/trust/root/0x2"),
    "a revocation by an issuer in capitals": astray(() => `loa/1/area/${COMMUNE}/revoked/UBND`),
    "an answer with a loose nonce": astray(() => `loa/1/gateway/${GATEWAY}/down/time/AAAAAAAAAAAAAAAAAAAAAB`),
  }),
  { name: "a level more than there is", shots: astray((_, id) => `loa/1/area/${COMMUNE}/broadcast/${id}/x`) },
  { name: "another version of the protocol", shots: astray((_, id) => `loa/2/area/${COMMUNE}/broadcast/${id}`) },
  { name: "a wildcard for the area", shots: astray((_, id) => `loa/1/area/+/broadcast/${id}`) },
  { name: "a wildcard for the id", shots: astray(() => `loa/1/area/${COMMUNE}/broadcast/+`) },
  { name: "a wildcard for everything", shots: astray(() => "loa/1/area/#") },
  { name: "a NUL in the id", shots: astray((_, id) => `loa/1/area/${COMMUNE}/broadcast/${id}\0`) },
  { name: "no topic", shots: astray(() => "") },
  { name: "a topic of sixty thousand letters", shots: astray(() => `loa/1/area/${"a".repeat(60_000)}`) },
  {
    name: "what only later versions say: a live opening",
    shots: astray((_, id) => `loa/1/area/${COMMUNE}/live/${id}`),
  },
  { name: "what only later versions say: a library item", shots: astray((_, id) => `loa/1/library/${id}`) },
  {
    name: "what only later versions say: a configuration",
    shots: astray(() => `loa/1/gateway/${GATEWAY}/down/config`),
  },
  {
    name: "what only later versions say: a command to reboot",
    shots: astray((_, id) => `loa/1/gateway/${GATEWAY}/down/command/${id}`),
  },
];

const RETAINED: readonly Attack[] = [
  ...refusedAs("schema", {
    "white space, on every topic": (scene) =>
      listenedTopics(scene.order().id).map((topic) => ({ topic, bytes: " ", retain: true })),
  }),
  {
    name: "nothing at all, on every topic",
    shots: (scene) => listenedTopics(scene.order().id).map((topic) => ({ topic, bytes: "", retain: true })),
  },
  {
    name: "nothing at all, not retained",
    shots: (scene) => listenedTopics(scene.order().id).map((topic) => ({ topic, bytes: "" })),
  },
  {
    name: "nothing, where the item that waits for its audio stands",
    shots: () => ({ topic: broadcastTopic(COMMUNE, false, waiting().id), bytes: "", retain: true }),
  },
  {
    name: "a forged state of the gateway, retained",
    shots: () => ({ topic: `loa/1/gateway/${GATEWAY}/up/state`, bytes: "{}", retain: true }),
  },
];

let item: (MadeItem & { readonly id: string }) | undefined;

function waiting(): MadeItem & { readonly id: string } {
  if (item === undefined) throw new Error("no item waits");
  return item;
}

/** Sent for a chunk that the gateway is asking for, until it says that the bytes are not the order's. */
function poison(name: string, bytes: (audio: AudioFile, chunk: Buffer) => Uint8Array | string): Attack {
  let before = 0;
  return {
    name: `${name} for a chunk that is asked for`,
    shots: (scene) => {
      const { audio, bytes: file } = waiting();
      before = scene.commune.agent.events("audio.mismatch").length;
      return {
        topic: chunkTopic(audio.hash, 0),
        bytes: bytes(audio, Buffer.from(file.subarray(0, 32_768))),
        retain: true,
      };
    },
    arrived: ({ commune: { agent } }) =>
      agent.until("audio.mismatch", (line) => agent.events("audio.mismatch").indexOf(line) >= before),
  };
}

const POISON: readonly Attack[] = [
  poison("noise", () => Buffer.alloc(32_768, 1)),
  poison("a chunk with one bit turned", (_, chunk) => {
    chunk[20_000] = (chunk[20_000] ?? 0) ^ 1;
    return chunk;
  }),
  poison("half a chunk", (_, chunk) => chunk.subarray(0, 16_384)),
  poison("a chunk and one byte", (_, chunk) => Buffer.concat([chunk, Buffer.of(0)])),
  {
    name: "an empty chunk",
    shots: () => ({ topic: chunkTopic(waiting().audio.hash, 0), bytes: "", retain: true }),
  },
  {
    name: "a chunk beyond the file's end",
    shots: () => ({ topic: chunkTopic(waiting().audio.hash, 9), bytes: "x", retain: true }),
  },
  {
    name: "a chunk of a file that nobody ordered",
    shots: () => ({ topic: chunkTopic("A".repeat(43), 0), bytes: Buffer.alloc(32_768), retain: true }),
  },
];

// The poison first: the longer nothing good comes, the longer the gateway waits before it asks again.
besieged([...POISON, ...MISPLACED, ...TOPICS, ...RETAINED], {
  prepare: async (scene) => {
    const made = await scene.commune.item([{ toneHz: 440, seconds: 0.5 }, { seconds: 0.2 }]);
    const { id } = await scene.accepts({}, [], made.audio);
    item = { ...made, id };
    await scene.commune.agent.until("audio.fetching");
  },
  relieve: async (scene) => {
    const { bytes, id } = waiting();
    scene.expectsToHear();
    await scene.commune.publishChunks(bytes);
    await scene.commune.agent.until("play.ended", (line) => line["id"] === id);
  },
});
