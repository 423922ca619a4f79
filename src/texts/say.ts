import { type Catalogue, catalogues, type Language, type TextKey } from "./catalogue.ts";

let texts: Catalogue = catalogues.en;
let spoken: Language = "en";

/** Once, at the start of a process or thread, before anything is said. */
export function setLanguage(language: Language): void {
  spoken = language;
  texts = catalogues[language];
}

/** For threads, which begin with a catalogue of their own. */
export function languageInUse(): Language {
  return spoken;
}

/** The text for people, with its `{name}` places filled. A missing value is our bug and shows as `{name}`. */
export function say(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
  return texts[key].replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    return value === undefined ? place : String(value);
  });
}

type WordKey = Extract<TextKey, `word.${string}`>;
type ListOf<Key> = Key extends `word.${infer List}.${string}` ? List : never;
export type WordList = ListOf<WordKey>;

/** A code of the contract as people say it. One that a newer agent made up is shown as it is. */
export function word(list: WordList, code: string): string {
  const key = `word.${list}.${code}`;
  return Object.hasOwn(texts, key) ? say(key as WordKey) : code;
}
