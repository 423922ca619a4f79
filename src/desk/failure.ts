import { AgentFailure, type FailureCode } from "../domain/failure.ts";
import type { TextKey } from "../texts/catalogue.ts";
import { say } from "../texts/say.ts";

/** Names that have both a `.message` and a `.hint` in the catalogue. */
type Told<Key> = Key extends `${infer Name}.message` ? (`${Name}.hint` extends TextKey ? Name : never) : never;
export type FailureText = Told<TextKey>;

type Values = Readonly<Record<string, string | number>>;

/** Why the desk won't go on, with the advice that belongs to it. */
export function deskFailure(
  text: FailureText,
  values: Values = {},
  code: FailureCode = "desk-invalid",
  cause?: unknown,
) {
  return new AgentFailure(code, say(`${text}.message`, values), { hint: say(`${text}.hint`, values), cause });
}
