/** What a JSON text of this protocol may nest: the outermost object is 1. */
export const MAX_DEPTH = 6;

export type JsonReading =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "malformed"; readonly detail: string };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** No language needs more (UAX #15, stream-safe text); and normalizing takes the square of the longest run: seconds for a message. */
const MARK_RUN = /\p{M}{31}/u;
const WHITESPACE = /[ \t\n\r]*/y;
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
  const fault = findFault(text);
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
 */
function findFault(text: string): string | undefined {
  /** One entry per open container: the names seen so far in an object, nothing in an array. */
  const open: (Set<string> | undefined)[] = [];
  let at = 0;
  while (at < text.length) {
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
      const content = unescaped(text.slice(at, end));
      if (content === undefined) return "not JSON";
      if (!content.isWellFormed()) return "a lone surrogate";
      if (MARK_RUN.test(content)) return "over 30 combining marks in a row";
      if (content.normalize("NFC") !== content) return "text that is not NFC";
      at = endOfMatch(WHITESPACE, text, end);
      if (text.charAt(at) === ":") {
        const names = open.at(-1);
        if (names?.has(content)) return `the member ${JSON.stringify(content.slice(0, 40))} twice`;
        names?.add(content);
      }
    } else if (character === "-" || (character >= "0" && character <= "9")) {
      const end = endOfMatch(NUMBER, text, at);
      const literal = text.slice(at, end);
      if (!INTEGER.test(literal) || !Number.isSafeInteger(Number(literal))) return "a number that is no safe integer";
      at = end;
    } else {
      at += 1;
    }
  }
  return undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** One past the closing quote, or the end of the text if there is none. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
  return text.length;
}

/** The text between the quotes, escapes resolved. Undefined if an escape is none. */
function unescaped(literal: string): string | undefined {
  if (!literal.includes("\\")) return literal.slice(1, -1);
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
