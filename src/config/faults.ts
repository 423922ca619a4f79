import * as v from "valibot";
import { say } from "../texts/say.ts";
import { closest } from "./closest.ts";
import { allowedText, entriesOf, itemOf } from "./tree.ts";

export type Checked<Value> =
  | { readonly kind: "good"; readonly value: Value }
  /** One line a fault: where, what was found, what is allowed. */
  | { readonly kind: "faulty"; readonly faults: readonly string[] };

type Path = readonly (string | number)[];

/** Checks all of `input` and tells every fault at once. */
export function check<Output>(schema: v.GenericSchema<unknown, Output>, input: unknown): Checked<Output> {
  const result = v.safeParse(schema, input);
  const faults = new Map<string, string>(); // one line a key, though a value may break several rules
  for (const issue of result.issues ?? []) {
    const path = pathOf(issue);
    if (!isUnknownKey(issue) && !faults.has(pathText(path))) faults.set(pathText(path), faultText(schema, path, issue));
  }
  const all = [...faults.values(), ...groupFaults(schema, input, [])];
  return result.success && all.length === 0 ? { kind: "good", value: result.output } : { kind: "faulty", faults: all };
}

/** What Valibot doesn't tell: every unknown key instead of a group's first one, and a list in the place of a group. */
function groupFaults(schema: v.GenericSchema, input: unknown, path: Path): readonly string[] {
  const item = itemOf(schema);
  if (item !== undefined) {
    return Array.isArray(input) ? input.flatMap((each, index) => groupFaults(item, each, [...path, index])) : [];
  }
  const entries = entriesOf(schema);
  if (entries === undefined || typeof input !== "object" || input === null) return [];
  if (Array.isArray(input)) {
    const allowed = allowedText(schema);
    return [say("config.fault.value", { path: pathText(path), found: shown(input), allowed })];
  }
  const known = Object.keys(entries);
  return Object.entries(input).flatMap(([key, value]) => {
    const here = [...path, key];
    if (Object.hasOwn(entries, key)) return groupFaults(entries[key] as v.GenericSchema, value, here);
    const meant = closest(key, known);
    if (meant === undefined) return [say("config.fault.unknown", { path: pathText(here), known: known.join(", ") })];
    return [say("config.fault.misspelt", { path: pathText(here), meant })];
  });
}

function faultText(schema: v.GenericSchema, path: Path, issue: v.BaseIssue<unknown>): string {
  const where = { path: pathText(path) };
  const allowed = issue.type === "check" ? issue.message : allowedText(schemaAt(schema, path));
  const last = issue.path?.at(-1);
  if (last?.origin === "key") return say("config.fault.missing", { ...where, allowed });
  return say("config.fault.value", { ...where, found: shown(last === undefined ? issue.input : last.value), allowed });
}

function isUnknownKey(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === "strict_object" && issue.expected === "never";
}

function schemaAt(schema: v.GenericSchema, path: Path): v.GenericSchema {
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  const next = typeof step === "number" ? itemOf(schema) : entriesOf(schema)?.[step];
  return next === undefined ? schema : schemaAt(next, rest);
}

function pathOf(issue: v.BaseIssue<unknown>): Path {
  return (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
}

function pathText(path: Path): string {
  if (path.length === 0) return say("config.fault.root");
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

const longestShown = 60;

function shown(found: unknown): string {
  const text = JSON.stringify(found) ?? String(found);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}
