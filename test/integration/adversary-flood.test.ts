import { broadcastTopic } from "../../src/wire/topics.ts";
import { COMMUNE } from "./support/desk.ts";
import { delegated, selfMadeRoot } from "./support/forgery.ts";
import { type Attack, besieged, type Siege } from "./support/siege.ts";

const MANY = 1_500;

function times(shot: (scene: Siege, n: number) => ReturnType<Siege["spoken"]>, count = MANY): Attack["shots"] {
  return (scene) => Array.from({ length: count }, (_, n) => shot(scene, n));
}

const FLOODS: readonly Attack[] = [
  {
    name: "a flood of nonsense",
    refused: "schema",
    shots: times((scene, n) => ({ topic: broadcastTopic(COMMUNE, true, scene.closingId), bytes: `{"n":${n}}` })),
  },
  {
    name: "a flood of emergencies by a stranger",
    refused: "key-unknown",
    shots: (scene) => {
      const stranger = delegated(selfMadeRoot());
      return Array.from({ length: 300 }, () => scene.spoken({ class: "emergency", severity: 2 }, stranger));
    },
  },
  {
    name: "a flood of one good message",
    shots: (scene) => {
      const said = scene.attacker.captured.find(({ topic }) => topic.includes("/broadcast/"));
      if (said === undefined) throw new Error("nobody said anything");
      return Array.from({ length: MANY }, () => said);
    },
  },
];

besieged(FLOODS);
