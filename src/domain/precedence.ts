/** The three classes of Circular 39/2020/TT-BTTTT, most urgent first. */
export const BROADCAST_CLASSES = ["emergency", "priority", "routine"] as const;
export type BroadcastClass = (typeof BROADCAST_CLASSES)[number];

/** Emergencies: 1 extreme, 2 severe, 3 other. Everything else: 0. */
export type Severity = 0 | 1 | 2 | 3;

/** Lower speaks first. */
export function classRank(broadcastClass: BroadcastClass): number {
  return CLASS_RANKS[broadcastClass];
}

/** Asked many thousand times for one decision. */
const CLASS_RANKS: Readonly<Record<BroadcastClass, number>> = { emergency: 0, priority: 1, routine: 2 };

/** A level of authority and its rank (lower = higher authority), from the policy in force. */
export interface AuthorityLevel {
  readonly code: string;
  readonly rank: number;
}

/** Holds until a signed policy says otherwise. */
export const BUILT_IN_LEVELS: readonly AuthorityLevel[] = [
  { code: "nation", rank: 0 },
  { code: "province", rank: 1 },
  { code: "commune", rank: 2 },
];
