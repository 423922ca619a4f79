import type { OutputCommand, OutputEvent, ZoneSink } from "../domain/playout.ts";
import type { Language } from "../texts/catalogue.ts";
import type { Owner } from "./orphans.ts";

/** What the sound thread is made with. */
export interface SoundSetup {
  readonly sinks: readonly ZoneSink[];
  readonly tools: SoundTools;
  /** Of the agent's own, gone with a boot. */
  readonly runDirectory: string;
  readonly owner: Owner;
  /** A thread has a catalogue of its own, and its words end up beside the agent's. */
  readonly language: Language;
}

export interface SoundTools {
  readonly ffmpegPath: string;
  readonly aplayPath: string;
  /** Of the tools, whole: nothing of the agent's own reaches them. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The thread answers `ping` at once, `shutdown` by ending once its last child has, and to the rest with `OutputEvent`s. */
export type SoundCommand = OutputCommand | { readonly kind: "ping" } | { readonly kind: "shutdown" };

export type SoundEvent = OutputEvent | { readonly kind: "pong" };
