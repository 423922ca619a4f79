import type { FailureCode } from "../domain/failure.ts";
import type { TextKey } from "../texts/catalogue.ts";
import { say } from "../texts/say.ts";

export type CheckName =
  | "agent"
  | "enrolment"
  | "certificate"
  | "keys"
  | "broker"
  | "clock"
  | "database"
  | "disk"
  | "tools"
  | "card"
  | "placement";

/** `doubtful`: it works, but somebody should look. `bad`: because of it something is not heard, or not proven. */
export type Finding = {
  readonly check: CheckName;
  /** For programs: what was found, stable. */
  readonly found: string;
  readonly message: string;
} & (
  | { readonly verdict: "good" }
  | { readonly verdict: "doubtful"; readonly advice: string }
  | { readonly verdict: "bad"; readonly advice: string; readonly code: FailureCode }
);

type Values = Readonly<Record<string, string | number>>;
type Found<Key> = Key extends `doctor.${infer Name}.advice` ? Name : never;
/** What has an advice in the catalogue: nothing is called bad or doubtful without one. */
type Advised = Found<TextKey>;
type Plain = TextKey extends infer Key ? (Key extends `doctor.${infer Name}` ? Name : never) : never;

export function good(check: CheckName, found: Plain, values: Values = {}): Finding {
  return { check, verdict: "good", found, message: say(`doctor.${found}`, values) };
}

export function doubtful(check: CheckName, found: Advised, values: Values = {}): Finding {
  const advice = say(`doctor.${found}.advice`, values);
  return { check, verdict: "doubtful", found, message: say(`doctor.${found}`, values), advice };
}

export function bad(check: CheckName, code: FailureCode, found: Advised, values: Values = {}): Finding {
  const advice = say(`doctor.${found}.advice`, values);
  return { check, verdict: "bad", found, message: say(`doctor.${found}`, values), advice, code };
}

/** A failure that has its own words and advice already. */
export function failed(check: CheckName, failure: { code: FailureCode; message: string; hint: string }): Finding {
  const { code, message, hint } = failure;
  return bad(check, code, "given", { message, hint });
}
