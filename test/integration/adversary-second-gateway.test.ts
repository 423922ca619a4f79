import { expect } from "vitest";
import { converse, everywhere, KINDS_SAID, ofKind } from "./support/conversation.ts";
import type { Captured } from "./support/hostile-client.ts";
import { type Attack, besieged, GOOD_HZ } from "./support/siege.ts";
import { neighbourOf, type Station } from "./support/station.ts";
import { stretches } from "./support/stretches.ts";

// Two gateways run on one broker. What one of them was told and said is good, well signed and new to the other, which lies in
// another commune of the same province: it has to be for nobody's ears but those it names.

const AREA = "xa-khac";
const NEIGHBOUR = "2123456789ab";

let there: Station | undefined;
let said: readonly Captured[] = [];

const OVERHEARD: readonly Attack[] = KINDS_SAID.flatMap((kind): Attack[] => [
  { name: `every ${kind} of the neighbour's, where it was said`, shots: () => ofKind(kind, said) },
  {
    name: `every ${kind} of the neighbour's, on every topic that is listened to`,
    shots: (scene) => everywhere(scene, kind, said),
  },
]);

besieged(OVERHEARD, {
  prepare: async ({ commune, good, attacker }) => {
    there = await neighbourOf(commune, { gateway: NEIGHBOUR, area: AREA, issuer: "ubnd.khac" });
    // Before it starts: the first that it says is its state and birth.
    const before = attacker.captured.length;
    await there.startAgent();
    said = (await converse(there, good, attacker)).slice(before);
  },
  relieve: async () => {
    // It ran on, and its own words came back to it all the while.
    if (there === undefined) throw new Error("there is no neighbour");
    expect(await there.agent.end()).toMatchObject({ code: 0 });
    expect(there.agent.events("order.accepted")).toHaveLength(3);
    expect(stretches(await there.heard(), [GOOD_HZ]).map(({ toneHz }) => toneHz)).toEqual([GOOD_HZ]);
  },
});
