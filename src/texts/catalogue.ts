import { adapterTexts } from "./en/adapters.ts";
import { cliTexts } from "./en/cli.ts";
import { configTexts } from "./en/config.ts";
import { deskTexts } from "./en/desk.ts";
import { deskInterveneTexts } from "./en/desk-intervene.ts";
import { deskKeyTexts } from "./en/desk-keys.ts";
import { deskTrustTexts } from "./en/desk-trust.ts";
import { deskWatchTexts } from "./en/desk-watch.ts";
import { doctorTexts } from "./en/doctor.ts";
import { enrolTexts } from "./en/enrol.ts";
import { failureTexts } from "./en/failures.ts";
import { runTexts } from "./en/run.ts";
import { settingTexts } from "./en/settings.ts";
import { soundTexts } from "./en/sound.ts";
import { statusTexts } from "./en/status.ts";
import { storeTexts } from "./en/store.ts";
import { whyTexts } from "./en/why.ts";
import { wordTexts } from "./en/words.ts";
import { adapterTexts as adapterTextsVi } from "./vi/adapters.ts";
import { cliTexts as cliTextsVi } from "./vi/cli.ts";
import { configTexts as configTextsVi } from "./vi/config.ts";
import { deskTexts as deskTextsVi } from "./vi/desk.ts";
import { deskInterveneTexts as deskInterveneTextsVi } from "./vi/desk-intervene.ts";
import { deskKeyTexts as deskKeyTextsVi } from "./vi/desk-keys.ts";
import { deskTrustTexts as deskTrustTextsVi } from "./vi/desk-trust.ts";
import { deskWatchTexts as deskWatchTextsVi } from "./vi/desk-watch.ts";
import { doctorTexts as doctorTextsVi } from "./vi/doctor.ts";
import { enrolTexts as enrolTextsVi } from "./vi/enrol.ts";
import { failureTexts as failureTextsVi } from "./vi/failures.ts";
import { runTexts as runTextsVi } from "./vi/run.ts";
import { settingTexts as settingTextsVi } from "./vi/settings.ts";
import { soundTexts as soundTextsVi } from "./vi/sound.ts";
import { statusTexts as statusTextsVi } from "./vi/status.ts";
import { storeTexts as storeTextsVi } from "./vi/store.ts";
import { whyTexts as whyTextsVi } from "./vi/why.ts";
import { wordTexts as wordTextsVi } from "./vi/words.ts";

/** Everything a person reads, once. Its keys are what can be said; every other language has exactly these. */
const english = {
  ...adapterTexts,
  ...cliTexts,
  ...configTexts,
  ...deskTexts,
  ...deskInterveneTexts,
  ...deskKeyTexts,
  ...deskTrustTexts,
  ...deskWatchTexts,
  ...doctorTexts,
  ...enrolTexts,
  ...failureTexts,
  ...runTexts,
  ...settingTexts,
  ...soundTexts,
  ...statusTexts,
  ...storeTexts,
  ...whyTexts,
  ...wordTexts,
} as const;

export type TextKey = keyof typeof english;
export type Catalogue = Readonly<Record<TextKey, string>>;

const vietnamese: Catalogue = {
  ...adapterTextsVi,
  ...cliTextsVi,
  ...configTextsVi,
  ...deskTextsVi,
  ...deskInterveneTextsVi,
  ...deskKeyTextsVi,
  ...deskTrustTextsVi,
  ...deskWatchTextsVi,
  ...doctorTextsVi,
  ...enrolTextsVi,
  ...failureTextsVi,
  ...runTextsVi,
  ...settingTextsVi,
  ...soundTextsVi,
  ...statusTextsVi,
  ...storeTextsVi,
  ...whyTextsVi,
  ...wordTextsVi,
};

export const LANGUAGES = ["vi", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

export const catalogues: Readonly<Record<Language, Catalogue>> = { vi: vietnamese, en: english };
