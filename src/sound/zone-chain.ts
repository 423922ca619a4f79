import type { OutputEvent, OutputStart, ZoneSink } from "../domain/playout.ts";
import type { Milliseconds } from "../domain/time.ts";
import { attentionToneHead } from "./attention-tone.ts";
import { CardWatch } from "./card-watch.ts";
import type { Forks } from "./forks.ts";
import type { Hold } from "./hold.ts";
import type { SoundTools } from "./messages.ts";
import { Play } from "./play.ts";
import { sinkStandby } from "./sink.ts";
import type { Standby } from "./standby.ts";
import type { StartGate } from "./start-gate.ts";

/** The plays of one zone, one after the other: the next decodes while the one before lets go of the card. */
export class ZoneChain {
  readonly #zone: ZoneSink;
  readonly #tools: SoundTools;
  readonly #forks: Forks;
  readonly #emit: (event: OutputEvent) => void;
  readonly #standby: Standby;
  readonly #watch: CardWatch;
  #current: Play | undefined;
  #cardFree: Promise<void> = Promise.resolve();
  readonly #alive = new Set<Play>();

  constructor(
    zone: ZoneSink,
    tools: SoundTools,
    hold: Hold | undefined,
    forks: Forks,
    emit: (event: OutputEvent) => void,
  ) {
    this.#zone = zone;
    this.#tools = tools;
    this.#forks = forks;
    this.#emit = emit;
    this.#standby = sinkStandby(zone, tools, hold, forks);
    this.#standby.renew();
    this.#watch = new CardWatch(zone, tools, forks, () => emit({ kind: "card-back", zoneId: zone.zoneId }));
  }

  /** Cuts what plays. What fades out is cut by a tone only: all else can wait for it. */
  start(command: OutputStart, gate: StartGate | undefined): Play {
    if (command.attentionTone !== undefined || !this.#current?.isFading) this.stop();
    const play = new Play(command, this.#zone, this.#tools, this.#forks, this.#standby, gate, this.#emit);
    this.#current = play;
    this.#alive.add(play);
    void play.gone().then(() => this.#alive.delete(play));
    play.begin();
    void this.#cardFree.then(() => play.cardIsFree());
    this.#cardFree = Promise.all([this.#cardFree, play.cardReleased]).then(() => {});
    return play;
  }

  stop(fadeMs?: Milliseconds): void {
    this.#current?.stop(fadeMs);
  }

  prepareTone(gainCentiDb: number): void {
    attentionToneHead(this.#zone, gainCentiDb);
  }

  awaitCard(): void {
    this.#watch.start();
  }

  /** Stops, and resolves when no child is left. */
  async close(): Promise<void> {
    this.stop();
    await Promise.all([this.#standby.close(), this.#watch.close(), ...[...this.#alive].map((play) => play.gone())]);
  }
}
