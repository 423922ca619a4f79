import { styleText } from "node:util";

export type Colour = "green" | "yellow" | "red" | "bold" | "dim";

/** Colours only where a terminal shows them. */
export function coloured(colour: Colour | undefined, text: string): string {
  return colour === undefined ? text : styleText(colour, text, { stream: process.stdout });
}
