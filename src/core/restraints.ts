import { type ItemKey, itemKeyText, type ZoneId } from "../domain/broadcast.ts";
import type { Control } from "../domain/control.ts";
import type { UnixMs } from "../domain/time.ts";
import type { Ground } from "./areas.ts";
import { isGranted, isSignerOf, type Original, withdrawalObjection } from "./mandate.ts";
import { BUILT_IN_POLICY, type Policy } from "./policy.ts";
import { matchedZones } from "./targets.ts";
import { afterSecond, isWithin } from "./validity.ts";

/** What the plan bows to besides the orders themselves: accepted controls, and the policy in force. */
export interface Controls {
  readonly controls: readonly Control[];
  readonly policy: Pick<Policy, "quorum" | "allowedHours">;
}

export const NO_CONTROLS: Controls = { controls: [], policy: BUILT_IN_POLICY };

/** A halt or hold as it bears on this gateway now. */
export interface Restraint {
  readonly control: Control;
  readonly zones: ReadonlySet<ZoneId>;
}

/** In force at this instant, less what later resumes ended: the order in which they came plays no part. */
export function restraintsAt(controls: readonly Control[], ground: Ground, nowMs: UnixMs): readonly Restraint[] {
  const inForce = controls.filter(({ window }) => isWithin(window, nowMs));
  const resumes = inForce
    .filter(({ op }) => op === "resume")
    .map((control) => ({ control, zones: zonesOf(control, ground) }));
  return inForce.flatMap((control) => {
    if (control.op === "resume" || isRepeatedHold(control, controls)) return [];
    const ended = resumes.filter((resume) => ends(resume.control, control, ground));
    const zones = new Set(
      [...zonesOf(control, ground)].filter((zone) => !ended.some((resume) => resume.zones.has(zone))),
    );
    return zones.size === 0 ? [] : [{ control, zones }];
  });
}

/** The zones in which an item is to be silent. */
export function haltedZones(
  original: Original,
  restraints: readonly Restraint[],
  ground: Ground,
  policy: Pick<Policy, "quorum">,
): ReadonlySet<ZoneId> {
  const concerning = restraints.filter(({ control }) => concerns(control, original, ground, policy));
  return new Set(concerning.flatMap(({ zones }) => [...zones]));
}

/** The instants at which a control begins or ends to bear. */
export function controlBoundaries(controls: readonly Control[]): readonly UnixMs[] {
  return controls.flatMap(({ window }) => [window.notBefore * 1000, afterSecond(window.expiresAt)]);
}

function concerns(control: Control, original: Original, ground: Ground, policy: Pick<Policy, "quorum">): boolean {
  const { op, item, mandate } = control;
  if (item === undefined && original.standing.class === "emergency") return false;
  if (item !== undefined && !isSame(item, original.order)) return false;
  if (op === "hold") return isSignerOf(original, mandate);
  return withdrawalObjection(mandate, original, ground, policy) === undefined;
}

/** A halt is ended by its issuer, or by a higher authority with a say here. */
function ends(resume: Control, halt: Control, ground: Ground): boolean {
  if (!isLater(resume, halt)) return false;
  if (
    resume.item === undefined ? halt.item !== undefined : halt.item === undefined || !isSame(resume.item, halt.item)
  ) {
    return false;
  }
  const { mandate } = resume;
  if (mandate.issuer === halt.mandate.issuer) return true;
  return mandate.authorityRank < halt.mandate.authorityRank && isGranted(mandate, ground.commune, ground);
}

/** Nobody holds an item for longer by doing it again: of each holder's holds the first counts. */
function isRepeatedHold(hold: Control, controls: readonly Control[]): boolean {
  if (hold.op !== "hold" || hold.item === undefined) return false;
  const { item, mandate } = hold;
  const before = controls.filter(
    (other) =>
      other.op === "hold" &&
      other.mandate.issuer === mandate.issuer &&
      other.item !== undefined &&
      isSame(other.item, item) &&
      isLater(hold, other),
  );
  return mandate.holders.every((holder) => before.some((other) => other.mandate.holders.includes(holder)));
}

/** By what they say themselves, so that the order of arrival decides nothing. */
function isLater(a: Control, b: Control): boolean {
  if (a.issuedAt !== b.issuedAt) return a.issuedAt > b.issuedAt;
  return itemKeyText(a.key) > itemKeyText(b.key);
}

function zonesOf({ targets, mandate }: Control, ground: Ground): ReadonlySet<ZoneId> {
  return new Set(matchedZones({ status: "actual", targets }, mandate.grants, ground));
}

function isSame(a: ItemKey, b: ItemKey): boolean {
  return a.id === b.id && a.issuer === b.issuer;
}
