import { adapterTexts } from "./en/adapters.ts";
import { cliTexts } from "./en/cli.ts";
import { configTexts } from "./en/config.ts";
import { deskTexts } from "./en/desk.ts";
import { failureTexts } from "./en/failures.ts";
import { runTexts } from "./en/run.ts";
import { soundTexts } from "./en/sound.ts";
import { statusTexts } from "./en/status.ts";
import { storeTexts } from "./en/store.ts";

/** Everything a person reads, once. A second language is a second object of this shape. */
export const english = {
  ...adapterTexts,
  ...cliTexts,
  ...configTexts,
  ...deskTexts,
  ...failureTexts,
  ...runTexts,
  ...soundTexts,
  ...statusTexts,
  ...storeTexts,
} as const;

export type TextKey = keyof typeof english;
