/** What one glyph takes on a terminal: nothing, one column, or two. */
function columnsOf(glyph: string): number {
  if (/^[\p{Mark}\p{Control}]/u.test(glyph)) return 0;
  return /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}/u.test(glyph)
    ? 2
    : 1;
}

const glyphs = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Cut to so many columns, never within a letter and its marks; what is cut off shows as `…`. */
export function fitted(text: string, columns: number): string {
  let fit = "";
  let used = 0;
  for (const { segment } of glyphs.segment(text)) {
    const width = columnsOf(segment);
    if (used + width > columns - 1 && fit.length + segment.length < text.length) return `${fit}…`;
    if (used + width > columns) return `${fit}…`;
    fit += segment;
    used += width;
  }
  return fit;
}

const TOP_CENTI_DB = 0;
const BOTTOM_CENTI_DB = -6_000;

/** A level on a line of so many cells, from -60 dB to full scale. Silence and no reading are an empty one. */
export function meter(levelCentiDb: number | undefined, cells: number): string {
  const share = ((levelCentiDb ?? BOTTOM_CENTI_DB) - BOTTOM_CENTI_DB) / (TOP_CENTI_DB - BOTTOM_CENTI_DB);
  const lit = Math.round(Math.min(1, Math.max(0, share)) * cells);
  return `${"█".repeat(lit)}${"·".repeat(cells - lit)}`;
}
