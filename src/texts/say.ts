import { english, type TextKey } from "./catalogue.ts";

/** The text for people, with its `{name}` places filled. A missing value is our bug and shows as `{name}`. */
export function say(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
  return english[key].replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    return value === undefined ? place : String(value);
  });
}
