import { renderUnicodeCompact } from "uqr";

/** Two rows of modules in a line of text, so that it fits a terminal beside what it says. */
export function qrCode(text: string): string {
  return renderUnicodeCompact(text, { border: 2 });
}

/** Who a box is, for a label, a photograph, or the telephone of whoever stands below it. */
export function gatewayQr(gateway: string, serial: string): string {
  return qrCode(`loa:${gateway}:${serial}`);
}
