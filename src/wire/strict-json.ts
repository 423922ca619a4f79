import { isAscii } from "node:buffer";

/** What a JSON text of this protocol may nest: the outermost object is 1. */
export const MAX_DEPTH = 6;

export type JsonReading =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "malformed"; readonly detail: string };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** No language needs more (UAX #15, stream-safe text); and normalizing takes the square of the longest run: seconds for a message. */
const MARK_RUN = /\p{M}{31}/u;
/** Outside of strings these alone matter here; what lies between them is left to JSON.parse. */
const TOKEN = /["{}[\]0-9-]/g;
const COLON = /[ \t\n\r]*:/y;
const NUMBER = /[-+.0-9eE]+/y;
const INTEGER = /^(?:0|-?[1-9][0-9]*)$/;

/** Reads JSON by the rules of PROTOCOL.md, section 3.1. What passes means the same to every parser. */
export function readStrictJson(bytes: Uint8Array): JsonReading {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { kind: "malformed", detail: "not UTF-8" };
  }
  const fault = findFault(text, isAscii(bytes));
  if (fault !== undefined) return { kind: "malformed", detail: fault };
  try {
    return { kind: "value", value: JSON.parse(text) };
  } catch {
    return { kind: "malformed", detail: "not JSON" };
  }
}

/**
 * What JSON.parse would let pass: names twice, deep nesting, numbers that are no integers, text that is not NFC.
 * It need not know the grammar, because JSON.parse reads the same text next: it only has to be right about texts that are JSON.
 * Where all is ASCII, only an escape can write what Unicode has rules for.
 */
function findFault(text: string, allAscii: boolean): string | undefined {
  /** One entry per open container: the names seen so far in an object, nothing in an array. */
  const open: (Set<string> | undefined)[] = [];
  for (let at = nextToken(text, 0); at < text.length; at = nextToken(text, at)) {
    const character = text.charAt(at);
    if (character === "{" || character === "[") {
      open.push(character === "{" ? new Set() : undefined);
      if (open.length > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH}`;
      at += 1;
    } else if (character === "}" || character === "]") {
      open.pop();
      at += 1;
    } else if (character === '"') {
      const end = endOfString(text, at);
      const literal = text.slice(at, end);
      const hasEscapes = literal.includes("\\");
      const content = hasEscapes ? unescaped(literal) : literal.slice(1, -1);
      if (content === undefined) return "not JSON";
      const fault = allAscii && !hasEscapes ? undefined : unicodeFault(content);
      if (fault !== undefined) return fault;
      at = endOfMatch(COLON, text, end);
      if (at > end) {
        const names = open.at(-1);
        if (names?.has(content)) return `the member ${JSON.stringify(content.slice(0, 40))} twice`;
        names?.add(content);
      }
    } else {
      const end = endOfMatch(NUMBER, text, at);
      const literal = text.slice(at, end);
      if (!INTEGER.test(literal) || !Number.isSafeInteger(Number(literal))) return "a number that is no safe integer";
      at = end;
    }
  }
  return undefined;
}

function unicodeFault(content: string): string | undefined {
  if (!content.isWellFormed()) return "a lone surrogate";
  if (MARK_RUN.test(content)) return "over 30 combining marks in a row";
  return content.normalize("NFC") === content ? undefined : "text that is not NFC";
}

function nextToken(text: string, from: number): number {
  TOKEN.lastIndex = from;
  return TOKEN.test(text) ? TOKEN.lastIndex - 1 : text.length;
}

/** One past the closing quote, or the end of the text if there is none. By `indexOf`: a loop over characters takes many times as long. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote >= 0 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote < 0 ? text.length : quote + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charAt(at - 1 - backslashes) === "\\") backslashes += 1;
  return backslashes % 2 === 1;
}

/** The text between the quotes, escapes resolved. Undefined if an escape is none. */
function unescaped(literal: string): string | undefined {
  try {
    return String(JSON.parse(literal));
  } catch {
    return undefined;
  }
}

function endOfMatch(pattern: RegExp, text: string, start: number): number {
  pattern.lastIndex = start;
  pattern.test(text);
  return Math.max(start, pattern.lastIndex);
}
