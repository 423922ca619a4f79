import { LANGUAGES, type Language } from "../texts/catalogue.ts";

/** `--lang vi` or `--lang=vi` wherever it stands; the option itself is checked later, where a wrong one can be told. */
export function wantedLanguage(argv: readonly string[], environmentLang: string | undefined): Language {
  const at = argv.findLastIndex((word) => word === "--lang" || word.startsWith("--lang="));
  const named = argv[at]?.split("=", 2)[1] ?? (at < 0 ? undefined : argv[at + 1]);
  const language = LANGUAGES.find((known) => known === named);
  if (language !== undefined) return language;
  return /^vi([_.@-]|$)/i.test(environmentLang ?? "") ? "vi" : "en";
}

/** The words of a command line without the value of `--lang`, which could be taken for a command's name. */
export function withoutLanguage(argv: readonly string[]): readonly string[] {
  return argv.filter((word, index) => !word.startsWith("--lang") && argv[index - 1] !== "--lang");
}
