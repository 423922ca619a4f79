import * as v from "valibot";
import { catalogues, type TextKey } from "../texts/catalogue.ts";

/** What a value may be, in words: the same text stands in the settings table and in a fault. */
export interface Allowed {
  readonly key: TextKey;
  readonly values: Readonly<Record<string, string | number>>;
}

interface About<Value> {
  /** Says in one sentence what the key is for. */
  readonly sentence: Extract<TextKey, `setting.${string}`>;
  readonly example: Value;
}

/** A key with a default. Range and unit stand in `schema` and in the key's name. */
export function setting<Value>(
  schema: v.GenericSchema<Value>,
  about: About<NoInfer<Value>> & { readonly default: NoInfer<Value> },
): v.OptionalSchema<v.GenericSchema<Value>, () => Value> {
  return v.optional(required(schema, about), () => about.default);
}

/** A key that must be given. */
export function required<Value>(schema: v.GenericSchema<Value>, about: About<NoInfer<Value>>): v.GenericSchema<Value> {
  const { sentence, example } = about;
  return v.pipe(
    schema,
    v.description(catalogues.en[sentence]), // for the JSON Schemas, which editors read
    v.metadata({ sentence }),
    v.examples([example]),
  );
}

function allowed<Input>(key: TextKey, values: Allowed["values"] = {}) {
  return v.metadata<Input, { readonly allowed: Allowed }>({ allowed: { key, values } });
}

export function wholeNumber(from: number, to: number) {
  return v.pipe(
    v.number(),
    v.integer(),
    v.minValue(from),
    v.maxValue(to),
    allowed("config.allowed.wholeNumber", { from, to }),
  );
}

export function oneOf<const Options extends readonly string[]>(options: Options) {
  return v.pipe(v.picklist(options), allowed("config.allowed.oneOf", { options: options.join(", ") }));
}

export function text(longest: number) {
  return v.pipe(v.string(), v.minLength(1), v.maxLength(longest), allowed("config.allowed.text", { longest }));
}

/** Text of a form that the catalogue describes in words. */
export function matching(pattern: RegExp, key: TextKey) {
  return v.pipe(v.string(), v.regex(pattern), allowed(key));
}

export function listOf<Input, Output>(item: v.GenericSchema<Input, Output>, most: number, key: TextKey) {
  return v.pipe(v.array(item), v.minLength(1), v.maxLength(most), allowed(key, { most }));
}
