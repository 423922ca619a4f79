import { readFileSync } from "node:fs";
import { BUILT_IN_POLICY } from "../core/policy.ts";
import type { Desk } from "./desk.ts";
import { deskFailure } from "./failure.ts";
import { sentPolicy } from "./policy-in-force.ts";
import type { PolicyMembers } from "./root-document.ts";

/** The rules that hold until a policy is signed, as a policy would say them. */
export function builtInMembers(): PolicyMembers {
  const { levels, lifeSeconds, recurringLifeSeconds, repeats, quorum } = BUILT_IN_POLICY;
  const { emergencyPlayMs, activeItems, rememberedReferences } = BUILT_IN_POLICY;
  const { controlLifeSeconds, activeControls, holdSeconds } = BUILT_IN_POLICY;
  return {
    ...{ levels, lifeSeconds: { ...lifeSeconds, recurring: recurringLifeSeconds }, repeats, quorum },
    ...{ emergencyPlayMs, activeItems, rememberedReferences },
    ...{ controlLifeSeconds, activeControls, holdSeconds },
  };
}

/** Those of the last policy that this desk sent; undefined while the built-in one holds. */
export function sentMembers({ database }: Pick<Desk, "database">): PolicyMembers | undefined {
  const sent = sentPolicy(database);
  if (sent === undefined) return undefined;
  const { version, type, id, issuer, level, sequence, issuedAt, notBefore, expiresAt, ...members } = sent;
  return members;
}

/** What an office has written: the members that are its own business. The rest is filled in when it is signed. */
export function readMembers(path: string): PolicyMembers {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw deskFailure("desk.policy.file", { path, reason }, "desk-invalid", error);
  }
}
