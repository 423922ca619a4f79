import { afterEach, expect, test } from "vitest";
import { wantedLanguage } from "../../src/commands/language.ts";
import { catalogues, LANGUAGES, type TextKey } from "../../src/texts/catalogue.ts";
import { say, setLanguage, word } from "../../src/texts/say.ts";

afterEach(() => setLanguage("en"));

const keys = Object.keys(catalogues.en) as TextKey[];

function placesIn(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name).toSorted();
}

test("every language has every text", () => {
  for (const language of LANGUAGES) {
    expect(Object.keys(catalogues[language]).toSorted()).toEqual(keys.toSorted());
    for (const key of keys) expect(catalogues[language][key].trim(), `${language} ${key}`).not.toBe("");
  }
});

test("a text has the same places to fill in every language", () => {
  for (const key of keys) expect(placesIn(catalogues.vi[key]), key).toEqual(placesIn(catalogues.en[key]));
});

test("Vietnamese texts are in normalization form C, as terminals and searches want them", () => {
  for (const key of keys) expect(catalogues.vi[key], key).toBe(catalogues.vi[key].normalize("NFC"));
});

test("commands and options that a text advises stay as they are typed", () => {
  const typed = (text: string) =>
    [...text.matchAll(/(?:\bloa (?:desk |config )?[a-z]+|--[a-z-]+|chmod \d+)/g)].map(String);
  for (const key of keys.filter((one) => one.endsWith(".hint") || one.endsWith(".examples"))) {
    const english = typed(catalogues.en[key]).filter((found) => found.startsWith("--") || found.startsWith("chmod"));
    for (const found of english) expect(catalogues.vi[key], key).toContain(found);
  }
});

test("one language is spoken at a time", () => {
  expect(say("status.noAlarm")).toBe("No alarm.");
  expect(word("class", "emergency")).toBe("emergency");
  setLanguage("vi");
  expect(say("status.noAlarm")).toBe("Không có cảnh báo.");
  expect(word("class", "emergency")).toBe("khẩn cấp");
  expect(word("class", "of-a-newer-agent")).toBe("of-a-newer-agent");
});

test.each([
  [[], undefined, "en"],
  [[], "vi_VN.UTF-8", "vi"],
  [[], "vi", "vi"],
  [[], "vision", "en"],
  [["--lang", "en", "status"], "vi_VN.UTF-8", "en"],
  [["status", "--lang=vi"], "C.UTF-8", "vi"],
  [["status", "--lang"], "vi_VN", "vi"],
  [["--lang", "fr"], "C", "en"],
] as const)("%j with LANG=%s speaks %s", (argv, lang, expected) => {
  expect(wantedLanguage(argv, lang)).toBe(expected);
});
