import * as v from "valibot";
import { readStrictJson } from "./strict-json.ts";

export type Reading<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "malformed"; readonly detail: string };

const MAX_PATH = 80;

/** Strict JSON of one shape. The detail says where and what was expected, in text that is fit for a log. */
export function readAs<T>(schema: v.GenericSchema<unknown, T>, bytes: Uint8Array): Reading<T> {
  const json = readStrictJson(bytes);
  if (json.kind === "malformed") return json;
  const result = v.safeParse(schema, json.value, { abortEarly: true });
  return result.success
    ? { kind: "value", value: result.output }
    : { kind: "malformed", detail: describe(result.issues[0]) };
}

/** Names what was expected, never what was found: that may be long, and was written by a stranger. */
function describe(issue: v.BaseIssue<unknown>): string {
  const expected = issue.type === "check" ? issue.message : `expected ${issue.expected ?? "something else"}`;
  const path = v.getDotPath(issue);
  return path === null ? expected : `${JSON.stringify(path.slice(0, MAX_PATH)).slice(1, -1)}: ${expected}`;
}
