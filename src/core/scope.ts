import type { DownMessage } from "../domain/broadcast.ts";
import { type BroadcastClass, classRank, type Severity } from "../domain/precedence.ts";
import type { Delegation, KeyUse } from "../domain/trust.ts";
import { covers, type Ground } from "./areas.ts";
import { type Policy, rankOf } from "./policy.ts";
import { type Objection, objection } from "./refusal.ts";

/** Issuer and level of the root, and of delegations that root keys sign. Nobody can be made to speak as it. */
export const ROOT_NAME = "root";

/** What speaks against a delegation that root keys signed. */
export function rootLinkObjection(link: Delegation, policy: Policy): Objection | undefined {
  if (link.issuer !== ROOT_NAME || link.level !== ROOT_NAME) {
    return objection("scope-use", `root keys signed as ${link.issuer}, level ${link.level}`);
  }
  return subjectObjection(link, policy);
}

/**
 * What speaks against a delegation by another one's subject: each scope must lie within the parent's.
 *
 * Issuer and level: a key may hand on its own issuer at its own level, or set up any issuer of a lower authority (higher rank)
 * below it. It can make nobody its peer or its superior, and can't speak in a peer's name.
 *
 * Areas: every area that this gateway lies in must be covered by the parent's. Of other areas nothing is known here, and nothing
 * can come of them: no target there matches, and `Standing.grants` asks every link again if the placement ever changes. Without
 * a ground (enrolment, when containment is only what the message itself says) areas are left to that, too.
 */
export function linkObjection(
  link: Delegation,
  parent: Delegation,
  policy: Policy,
  ground: Ground | undefined,
): Objection | undefined {
  if (!parent.uses.includes("delegate")) return objection("scope-use", `${parent.subject.issuer} may not delegate`);
  if (link.issuer !== parent.subject.issuer || link.level !== parent.subject.level) {
    return objection("scope-use", "a delegation names another issuer or level than its signer's");
  }
  return (
    subjectObjection(link, policy) ?? authorityObjection(link, parent, policy) ?? rangeObjection(link, parent, ground)
  );
}

/** What speaks against a message in the light of the delegation of one of its signers. Areas are judged apart. */
export function useObjection(
  message: Pick<DownMessage, "issuer" | "level">,
  leaf: Delegation,
  use: KeyUse,
): Objection | undefined {
  if (message.issuer !== leaf.subject.issuer || message.level !== leaf.subject.level) {
    return objection("scope-use", "the message names another issuer or level than a signer's delegation");
  }
  return leaf.uses.includes(use) ? undefined : objection("scope-use", `a signer may not sign for ${use}`);
}

/** Whether class and severity go together and lie within a delegation's. */
export function urgencyObjection(
  urgency: { readonly class: BroadcastClass; readonly severity: Severity },
  limit: Pick<Delegation, "classMax" | "severityMax">,
): Objection | undefined {
  if ((urgency.class === "emergency") !== urgency.severity > 0) {
    return objection("scope-class", `class ${urgency.class} has no severity ${urgency.severity}`);
  }
  if (classRank(urgency.class) < classRank(limit.classMax)) {
    return objection("scope-class", `class ${urgency.class} beyond ${limit.classMax}`);
  }
  if (severityRank(urgency.severity) < severityRank(limit.severityMax)) {
    return objection("scope-class", `severity ${urgency.severity} beyond ${limit.severityMax}`);
  }
  return undefined;
}

function subjectObjection(link: Delegation, policy: Policy): Objection | undefined {
  if (link.subject.issuer === ROOT_NAME) return objection("scope-use", "nobody may be made to speak as the root");
  if (rankOf(link.subject.level, policy) === undefined) {
    return objection("scope-use", `level ${link.subject.level} is not one of the policy's`);
  }
  return undefined;
}

function authorityObjection(link: Delegation, parent: Delegation, policy: Policy): Objection | undefined {
  const own = rankOf(parent.subject.level, policy);
  const given = rankOf(link.subject.level, policy);
  if (own === undefined || given === undefined || given < own) {
    return objection("scope-use", `level ${parent.subject.level} can't make a ${link.subject.level}`);
  }
  if (given === own && link.subject.issuer !== parent.subject.issuer) {
    return objection("scope-use", `${parent.subject.issuer} can't speak for its peer ${link.subject.issuer}`);
  }
  return undefined;
}

function rangeObjection(link: Delegation, parent: Delegation, ground: Ground | undefined): Objection | undefined {
  const foreign = link.areas.find((area) => ground?.known.has(area) && !covers(ground, parent.areas, area));
  if (foreign !== undefined) return objection("scope-area", `a delegation gives ${foreign}, which its signer lacks`);
  const extra = link.uses.find((use) => !parent.uses.includes(use));
  if (extra !== undefined) return objection("scope-use", `a delegation gives ${extra}, which its signer lacks`);
  return urgencyObjection({ class: link.classMax, severity: link.severityMax }, parent);
}

/** 1 is the most severe; 0 means none at all, so it stands below 3. */
function severityRank(severity: Severity): number {
  return severity === 0 ? 4 : severity;
}
