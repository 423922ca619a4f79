import { styleText } from "node:util";
import Table from "cli-table3";

/** Columns under dim headings, without lines: it must fit a phone's terminal. Widths count what a character takes on screen. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    head: headings.map((heading) => styleText("dim", heading, { stream: process.stdout })),
    chars: noLines,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
  });
  drawn.push(...rows.map((row) => [...row]));
  return drawn
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const noLines = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
