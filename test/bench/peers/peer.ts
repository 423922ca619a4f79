import type { VirtualCard } from "../../rig/virtual-card.ts";
import type { Ending } from "../ending.ts";

/** What another player is given: the card on which the agent was measured, and something that plays. */
export interface Stage {
  readonly folder: string;
  readonly card: VirtualCard;
  /** For whoever opens the card. */
  readonly environment: Readonly<Record<string, string>>;
  /** A file that lasts longer than any wait. */
  readonly programme: string;
  /** Of this peer alone. */
  readonly ending: Ending;
}

export interface RunningPeer {
  /** Has the programme played, or nothing where the peer is to begin from there. */
  settle(): Promise<void>;
  /** Gives the order to play this file at once. Nothing of the order is left to do but giving it. */
  cutIn(file: string): void;
}

/** Another way to let a warning cut into a programme, configured as well as its makers allow. */
export interface Peer {
  readonly name: string;
  /** Programs that it takes beside what the agent takes. */
  readonly programs: readonly string[];
  readonly fromSilence: boolean;
  start(stage: Stage): Promise<RunningPeer>;
}
