import { BUILT_IN_POLICY, type Policy } from "../core/policy.ts";
import { mergePolicy } from "../core/policy-merge.ts";
import type { PolicyDocument } from "../domain/policy-document.ts";
import { openDown } from "../wire/envelope.ts";
import { policyTopic } from "../wire/topics.ts";
import type { DeskDatabase } from "./database.ts";

/** The rules that gateways judge by, as far as this desk has made them: its newest policy, laid over the built-in one as they lay it. */
export function policyInForce(database: Pick<DeskDatabase, "retained">): Policy {
  const sent = sentPolicy(database);
  return sent === undefined ? BUILT_IN_POLICY : mergePolicy(sent);
}

/** The last policy that this desk sent; undefined while the built-in one holds. */
export function sentPolicy({ retained }: Pick<DeskDatabase, "retained">): PolicyDocument | undefined {
  const sent = retained.find(policyTopic());
  const opened = sent && openDown(sent.payload, { kind: "policy" });
  return opened?.kind === "opened" && opened.sealed.payload.type === "policy" ? opened.sealed.payload : undefined;
}
