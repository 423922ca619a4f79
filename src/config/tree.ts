import * as v from "valibot";
import type { TextKey } from "../texts/catalogue.ts";
import { say } from "../texts/say.ts";
import type { Allowed } from "./setting.ts";

type Schema = v.GenericSchema;

/** The keys of a group, or of the groups in a list; undefined for a single value. */
export function entriesOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const inner = unwrapped(schema);
  if ("entries" in inner) return inner.entries as Record<string, Schema>;
  const item = itemOf(inner);
  return item === undefined ? undefined : entriesOf(item);
}

export function itemOf(schema: Schema): Schema | undefined {
  const inner = unwrapped(schema);
  return "item" in inner ? (inner.item as Schema) : undefined;
}

/** What may stand here, in words. */
export function allowedText(schema: Schema): string {
  const { allowed } = v.getMetadata(unwrapped(schema)) as { allowed?: Allowed };
  if (allowed !== undefined) return say(allowed.key, allowed.values);
  return say("config.allowed.group", { keys: Object.keys(entriesOf(schema) ?? {}).join(", ") });
}

/** One key with all that is known of it. */
export interface Setting {
  /** `link.keepAliveSeconds`, `zones[].id`. */
  readonly path: string;
  readonly allowed: string;
  /** Undefined where the key must be given. */
  readonly default: unknown;
  readonly sentence: string;
  readonly example: unknown;
}

/** Every key that stands for a value, in the order of the schema. */
export function listSettings(schema: Schema, prefix = ""): readonly Setting[] {
  return Object.entries(entriesOf(schema) ?? {}).flatMap(([key, entry]): readonly Setting[] => {
    const path = prefix === "" ? key : `${prefix}.${key}`;
    if (itemOf(entry) !== undefined) return listSettings(entry, `${path}[]`);
    if (entriesOf(entry) !== undefined) return listSettings(entry, path);
    const { sentence } = v.getMetadata(unwrapped(entry)) as { sentence?: TextKey };
    if (sentence === undefined) return []; // `$schema`: for editors, not for us
    return [
      {
        path,
        allowed: allowedText(entry),
        default: v.getDefault(entry),
        sentence: say(sentence),
        example: (v.getExamples(unwrapped(entry)) as readonly unknown[])[0],
      },
    ];
  });
}

function unwrapped(schema: Schema): Schema {
  return "wrapped" in schema ? unwrapped(schema.wrapped as Schema) : schema;
}
