import { describe, expect } from "vitest";
import type { Authority } from "../../src/desk/authority.ts";
import { builtInMembers } from "../../src/desk/policy-members.ts";
import { timeTopic } from "../../src/wire/topics.ts";
import { SYNCHRONISED } from "./support/chrony.ts";
import { areaDocument, placement, policy, toGateway } from "./support/documents.ts";
import { type DelegationChanges, delegated, rootOf } from "./support/forgery.ts";
import type { Shot } from "./support/hostile-client.ts";
import { until } from "./support/link.ts";
import { NONCE, TERRITORY } from "./support/listened-topics.ts";
import { sealedBy } from "./support/orders.ts";
import { neighbour, service, speaker, stranger } from "./support/people.ts";
import { type Attack, besieged, refusedAs, type Siege } from "./support/siege.ts";
import { GATEWAY } from "./support/station.ts";

// Who makes a gateway believe another time makes old keys good and good ones old.

const YEAR_SECONDS = 365 * 86_400;
const now = (): number => Math.floor(Date.now() / 1000);
const over = () => ({ issuedAt: now() - 700, notBefore: now() - 700, expiresAt: now() - 100 });
const inSixYears = () => now() + 6 * YEAR_SECONDS;

type Words = Readonly<Record<string, unknown>>;

/** The questions that the gateway asked, the newest last. */
function questions({ attacker }: Siege): readonly string[] {
  const asked = attacker.captured.filter(({ topic }) => topic.endsWith("/up/time-query"));
  return asked.map(({ bytes }) => {
    const { payload } = JSON.parse(bytes.toString());
    return JSON.parse(Buffer.from(payload, "base64url").toString()).nonce;
  });
}

const toTheLast = (scene: Siege): string => questions(scene).at(-1) ?? NONCE;

function answer(
  by: (scene: Siege) => Authority,
  words: () => Words = () => ({}),
  to: (scene: Siege) => string = toTheLast,
): (scene: Siege) => Shot {
  return (scene) => {
    const signer = by(scene);
    const { issuer, level } = signer.delegation.subject;
    const { version, id, sequence, issuedAt, notBefore, expiresAt } = scene.order();
    const common = { version, id, issuer, level, sequence, issuedAt, notBefore, expiresAt };
    const nonce = to(scene);
    const message = { ...common, type: "time", gateway: GATEWAY, nonce, nowMs: Date.now(), ...words() };
    return { topic: timeTopic(GATEWAY, nonce), bytes: sealedBy(message, [signer]) };
  };
}

/** A key that lies open on a server, and was stolen there. */
function stolen(uses: NonNullable<DelegationChanges["uses"]>, changes: () => DelegationChanges = () => ({})) {
  return ({ commune: { desk } }: Siege): Authority => delegated(rootOf(desk), { uses, ...changes() });
}

const herald = stolen(["beacon", "index"]);
/** The operations' own, and over. */
const expired = (use: "placement" | "ingest" | "time") =>
  stolen([use], () => ({ ...over(), areas: [TERRITORY], subject: { issuer: "operations", level: "province" } }));
const nobodyAsked = () => NONCE;

const BEACONS: readonly Attack[] = refusedAs("key-expired", {
  "a beacon of a time in six years": areaDocument("beacon", herald, { now: inSixYears() }),
  "a beacon of a time in six years, which says that it lives so long": areaDocument("beacon", herald, {
    now: inSixYears(),
    expiresAt: inSixYears() + 600,
  }),
  "a beacon of 1970": areaDocument("beacon", herald, { now: 0 }),
  "a beacon of the last second of all": areaDocument("beacon", herald, { now: 4_294_967_295 }),
});

const ANSWERS: readonly Attack[] = [
  ...refusedAs("key-unknown", { "the time, by a stranger": answer(stranger) }),
  ...refusedAs("scope-use", {
    "the time, by a key that may only speak": answer(speaker),
    "the time, by a key for beacons": answer(herald),
    "the time, in the operations' name": answer(stolen(["time"]), () => ({ issuer: "operations", level: "province" })),
  }),
  ...refusedAs("scope-area", { "the time, by a neighbour": answer(neighbour) }),
  ...refusedAs("binding", {
    "the time, to another question than its topic says": answer(service, () => ({ nonce: NONCE.replace("A", "B") })),
    "the time, for another gateway": answer(service, () => ({ gateway: "0123456789ab" })),
  }),
  ...refusedAs("key-expired", {
    "the time in six years": answer(service, () => ({ nowMs: inSixYears() * 1000, expiresAt: inSixYears() + 60 })),
    "the time of 1970": answer(service, () => ({ nowMs: 0 })),
    "the time of the end of all": answer(service, () => ({ nowMs: 4_294_967_295_999 })),
    "the time, by a key whose time is over": answer(expired("time")),
  }),
  ...refusedAs("expired", {
    "a time at which the answer itself is over": answer(service, () => ({ nowMs: Date.now() + 7_200_000 })),
  }),
  { name: "the time, that nobody asked for", shots: answer(service, () => ({}), nobodyAsked) },
  {
    name: "a time in two hours, that nobody asked for",
    shots: answer(service, () => ({ nowMs: (now() + 7_200) * 1000, expiresAt: now() + 9_000 }), nobodyAsked),
  },
];

describe("a gateway that knows the time", () => {
  besieged([...BEACONS, ...ANSWERS], {
    prepare: async (scene) => {
      const later = { notBefore: now() + 3_000, expiresAt: now() + 3_600 };
      await scene.awaits(later, [], scene.loot);
      await scene.awaits({ ...later, class: "emergency", severity: 2 }, [], scene.loot);
    },
  });
});

const UNJUDGED: readonly Attack[] = refusedAs("clock", {
  "a placement by a key that may be over": placement(expired("placement"), () => ({})),
  "an acknowledgement by a key that may be over": toGateway("evidence-ack", expired("ingest")),
  "an index by a key that may be over": areaDocument("index", stolen(["index"], over)),
  "rules that may be over": (scene) => ({
    ...policy(builtInMembers(), ({ commune }) => [commune.desk.rootKey])(scene),
    retain: false,
  }),
  "an empty list of revoked keys, by a key that may be over": areaDocument("revoked", stolen(["revoke"], over), {
    sequence: 5,
    keys: [],
  }),
});

const EARLIER: readonly Attack[] = [
  {
    name: "an answer to the question before",
    shots: answer(
      service,
      () => ({}),
      (scene) => questions(scene).at(-2) ?? "",
    ),
  },
  {
    name: "an answer to the question before, ten times",
    shots: (scene) => {
      const kept = answer(
        service,
        () => ({}),
        (asked) => questions(asked).at(-2) ?? "",
      )(scene);
      return Array.from({ length: 10 }, () => kept);
    },
  },
];

describe("a gateway without a clock", () => {
  besieged([...BEACONS, ...ANSWERS, ...UNJUDGED, ...EARLIER], {
    isTimeless: true,
    prepare: async (scene) => {
      const { topic, bytes } = areaDocument("revoked", stolen(["revoke"]), {
        keys: [{ kid: stranger().signer.kid, from: 1_700_000_000, reason: "compromised" }],
      })(scene);
      await scene.commune.publish(topic, bytes);
      await scene.commune.agent.until("trust.accepted");
      await until(() => questions(scene).length > 1, "a second question");
    },
    // The right answer at last, of a key that writes another year beside it; and then the time service itself.
    relieve: async (scene) => {
      const { commune, attacker, chrony } = scene;
      const right = answer(service, () => ({ issuedAt: inSixYears(), expiresAt: inSixYears() + 60 }));
      const isBelieved = () => commune.agent.events("clock.changed").some(({ state }) => state === "hold");
      let answered = 0;
      // A question is open for 10 s: when the attacks took longer, it takes the next one.
      const answersNext = (): boolean => {
        if (questions(scene).length > answered) {
          answered = questions(scene).length;
          void attacker.publish(right(scene));
        }
        return isBelieved();
      };
      await until(answersNext, "the right answer to be believed");
      const floors = commune.rows<{ at: number }>("SELECT at FROM clockMarks WHERE name = 'signedFloor'");
      expect(floors.filter(({ at }) => at > now())).toEqual([]);
      chrony.answers(SYNCHRONISED);
      await commune.agent.until("clock.changed", ({ state }) => state === "sync");
    },
  });
});
