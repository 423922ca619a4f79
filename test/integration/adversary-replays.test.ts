import { converse, everywhere, KINDS_SAID, ofKind } from "./support/conversation.ts";
import type { Captured } from "./support/hostile-client.ts";
import { type Attack, besieged } from "./support/siege.ts";

// Whatever was said on this broker is said again, by whoever heard it, wherever it is listened to.

/** All that was said before the attacks; the attacker hears himself too. */
let said: readonly Captured[] = [];

const REPLAYS: readonly Attack[] = KINDS_SAID.flatMap((kind): Attack[] => [
  { name: `every ${kind} that was heard, on every topic`, shots: (scene) => everywhere(scene, kind, said) },
  {
    name: `every ${kind} that was heard, where it was heard, ten times`,
    shots: () => ofKind(kind, said).flatMap((one) => Array.from({ length: 10 }, () => one)),
  },
]);

besieged(REPLAYS, {
  prepare: async (scene) => {
    scene.expectsToHear();
    said = await converse(scene.commune, scene.good, scene.attacker);
  },
});
