import type * as v from "valibot";
import { listSettings } from "./tree.ts";

/** One key of an actual file: `zones[0].device`, where the schema says `zones[].device`. */
export interface SettingValue {
  readonly path: string;
  readonly value: unknown;
  /** Undefined where the key must be given. */
  readonly default: unknown;
}

/** Every key with the value in force, defaults filled in. */
export function listValues(schema: v.GenericSchema, settings: unknown): readonly SettingValue[] {
  const defaults = new Map(listSettings(schema).map((setting) => [setting.path, setting.default]));
  return leaves(settings, "").flatMap(({ path, value }) => {
    const general = path.replaceAll(/\[\d+\]/g, "[]");
    return defaults.has(general) ? [{ path, value, default: defaults.get(general) }] : [];
  });
}

function leaves(value: unknown, path: string): readonly Omit<SettingValue, "default">[] {
  if (Array.isArray(value)) return value.flatMap((each, index) => leaves(each, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, path === "" ? key : `${path}.${key}`));
}
