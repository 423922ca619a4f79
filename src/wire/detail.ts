/** Longest `detail` of a receipt or an alarm. */
export const MAX_DETAIL = 500;

/** What a tool or the system said, made fit for `detail`: one text without control characters, cut to length. */
export function asDetail(text: string): string {
  const plain = text
    .toWellFormed()
    .normalize("NFC")
    .replace(/\p{Cc}+/gu, " ")
    .trim();
  return plain.slice(0, MAX_DETAIL).toWellFormed();
}
