import { Buffer } from "node:buffer";
import fc from "fast-check";

/** What readers of JSON, of numbers, of text and of paths have stumbled over. */
const HOSTILE_VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 1e308, 0.1, 4_294_967_295],
  ...[
    "",
    "+",
    "#",
    "/",
    "..",
    "\0",
    "\u202e",
    "é",
    "e\u0301",
    "\ud800",
    "root",
    "__proto__",
    "constructor",
    "1",
    "null",
  ],
  ...["A".repeat(22), "A".repeat(43), "A".repeat(86), "a".repeat(5_000), "\u0300".repeat(40)],
  ...[[], {}, [[]], [null], [0], { length: 3 }, { __proto__: null, toString: 1 }],
  Array.from({ length: 100 }, () => 0),
];

/** One change to a JSON text: at a place in its tree, or in its bytes. All choices are numbers, so that fewer and smaller ones are simpler. */
export const steps = fc.record({
  kind: fc.constantFrom("replace", "remove", "repeat", "wrap", "swap", "rename", "splice", "truncate", "double-name"),
  at: fc.nat(10_000),
  value: fc.oneof(fc.constantFrom(...HOSTILE_VALUES), fc.jsonValue({ maxDepth: 2 })),
  /** Go into base64url that holds JSON, as payloads, headers and links do. */
  dives: fc.nat(3),
  bytes: fc.uint8Array({ maxLength: 6 }),
});

type Step = typeof steps extends fc.Arbitrary<infer Value> ? Value : never;

export function mutated(text: Uint8Array, changes: readonly Step[]): Uint8Array {
  return changes.reduce<Uint8Array>((bytes, step) => change(bytes, step, step.dives), text);
}

function change(bytes: Uint8Array, step: Step, dives: number): Uint8Array {
  const at = bytes.length === 0 ? 0 : step.at % bytes.length;
  if (step.kind === "splice")
    return Buffer.concat([bytes.subarray(0, at), step.bytes, bytes.subarray(at + step.bytes.length)]);
  if (step.kind === "truncate") return bytes.subarray(0, at);
  const text = Buffer.from(bytes).toString();
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    return bytes;
  }
  if (step.kind === "double-name") return Buffer.from(doubled(text, step.at));
  const places = placesIn(tree);
  const place = places[step.at % Math.max(1, places.length)];
  if (place === undefined) return bytes;
  const inner = dives > 0 ? jsonWithin(place.value) : undefined;
  if (inner === undefined) apply(step, place, places);
  else place.set(Buffer.from(change(inner, { ...step, at: Math.floor(step.at / 7) }, dives - 1)).toString("base64url"));
  return Buffer.from(JSON.stringify(tree));
}

interface Place {
  readonly value: unknown;
  readonly set: (value: unknown) => void;
  readonly remove: () => void;
  readonly rename: (name: string) => void;
}

/** Every value of a tree, outermost first. */
function placesIn(tree: unknown): readonly Place[] {
  if (typeof tree !== "object" || tree === null) return [];
  const holder = tree as Record<string, unknown>;
  return Object.keys(holder).flatMap((name) => {
    const place: Place = {
      value: holder[name],
      set: (value) => {
        holder[name] = value;
      },
      remove: () => {
        if (Array.isArray(holder)) holder.splice(Number(name), 1);
        else delete holder[name];
      },
      rename: (other) => {
        if (Array.isArray(holder)) return; // a large number as a name would make a list as long
        holder[other] = holder[name];
        delete holder[name];
      },
    };
    return [place, ...placesIn(holder[name])];
  });
}

function apply({ kind, value, at }: Step, place: Place, places: readonly Place[]): void {
  const other = places[(at * 31) % places.length]?.value ?? null;
  const acts: Partial<Record<Step["kind"], () => void>> = {
    // A copy too: a later step changes what stands here, and the next message shall get it as it was.
    replace: () => place.set(structuredClone(value)),
    remove: () => place.remove(),
    repeat: () => place.set([place.value, place.value].flat()),
    wrap: () => place.set({ [nameOf(value)]: place.value }),
    // A copy: nothing may hold itself.
    swap: () => place.set(JSON.parse(JSON.stringify(other))),
    rename: () => place.rename(nameOf(value)),
  };
  acts[kind]?.();
}

function nameOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function jsonWithin(value: unknown): Uint8Array | undefined {
  if (typeof value !== "string" || value.length < 4) return undefined;
  const bytes = Buffer.from(value, "base64url");
  return bytes[0] === 0x7b && bytes.toString("base64url") === value ? bytes : undefined;
}

/** The first member of some object once more, with another value. */
function doubled(text: string, at: number): string {
  const starts = [...text.matchAll(/\{"([^"\\]+)":/g)];
  const found = starts[at % Math.max(1, starts.length)];
  return found === undefined ? text : text.replace(found[0], `{"${found[1]}":null,"${found[1]}":`);
}
