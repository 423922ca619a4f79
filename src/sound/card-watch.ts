import { existsSync } from "node:fs";
import { cardOf, type ZoneSink } from "../domain/playout.ts";
import type { Milliseconds, MonotonicMs } from "../domain/time.ts";
import { aplayParameters } from "./aplay.ts";
import { type Child, type ChildEnd, startChild } from "./child.ts";
import type { Forks } from "./forks.ts";
import type { SoundTools } from "./messages.ts";
import { monotonicMs } from "./monotonic.ts";

/**
 * A constant: nothing is ever put into it, the tool and its arguments are its positional parameters. It tries at each line, answers with
 * a line what failed, and ends with what did not: a shell copies itself in a tenth of the time that we take.
 */
const TRY_AT_A_LINE = 'while read -r _; do "$0" "$@" 2>/dev/null && exit; echo >&2; done';
/** Somebody wants to hear it: sound is back within a second of the card. */
const LOOK_EVERY_MS: Milliseconds = 500;
/** A card that stays away for so long isn't waited for by the second. */
const PATIENCE_MS: Milliseconds = 600_000;
const LOOK_RARELY_MS: Milliseconds = 5_000;
/** A card that takes no sound is let go by then and opened anew: it may only come back to who opens it. */
const TRY_LIMIT_MS: Milliseconds = 900;

/** Waits for a card that is gone, in use or stands still, by having it play a period of silence. Costs no record and no word. */
export class CardWatch {
  readonly #zone: ZoneSink;
  readonly #tools: SoundTools;
  readonly #forks: Forks;
  readonly #back: () => void;
  readonly #closed = Promise.withResolvers<void>();
  #sinceMs: MonotonicMs | undefined;
  #triedAtMs: MonotonicMs | undefined;
  #child: Child | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** `back` is called once for each `start`. */
  constructor(zone: ZoneSink, tools: SoundTools, forks: Forks, back: () => void) {
    this.#zone = zone;
    this.#tools = tools;
    this.#forks = forks;
    this.#back = back;
  }

  start(): void {
    if (this.#sinceMs !== undefined) return;
    this.#sinceMs = monotonicMs();
    this.#look();
  }

  /** Resolves when no child is left. */
  close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    if (this.#child === undefined) return Promise.resolve();
    this.#child.kill();
    return this.#closed.promise;
  }

  #look(): void {
    const nowMs = monotonicMs();
    this.#timer = setTimeout(() => this.#look(), pauseAfterMs(nowMs - (this.#sinceMs ?? nowMs)));
    if (this.#triedAtMs !== undefined) {
      if (nowMs - this.#triedAtMs >= TRY_LIMIT_MS) this.#child?.kill();
    } else if (!isUnplugged(this.#zone.device)) {
      this.#try(nowMs);
    }
  }

  #try(nowMs: MonotonicMs): void {
    this.#triedAtMs = nowMs;
    if (this.#child === undefined) this.#forks.soon(() => this.#begin());
    else this.#child.stdin?.write("\n");
  }

  #begin(): void {
    if (this.#isClosed) return;
    this.#child = this.#makeChild();
    this.#child.stdin?.write("\n");
  }

  #makeChild(): Child {
    const { aplayPath, environment } = this.#tools;
    const frames = (this.#zone.rateHz * this.#zone.periodMs) / 1000;
    const silence = [`--samples=${frames}`, "/dev/zero"];
    const parameters = ["-c", TRY_AT_A_LINE, aplayPath, ...aplayParameters(this.#zone), ...silence];
    return startChild(
      { path: "/bin/sh", parameters, environment, stdout: "ignore" },
      {
        said: () => {
          this.#triedAtMs = undefined;
        },
        ended: (end) => this.#ended(end),
      },
    );
  }

  #ended(end: ChildEnd): void {
    this.#child = undefined;
    this.#triedAtMs = undefined;
    if (this.#isClosed) {
      this.#closed.resolve();
    } else if (end.kind === "exited" && end.code === 0) {
      clearTimeout(this.#timer);
      this.#sinceMs = undefined;
      this.#back();
    } else if (end.kind === "exited" && end.signal === "SIGKILL") {
      clearTimeout(this.#timer);
      this.#look();
    }
  }
}

export function pauseAfterMs(waitedMs: Milliseconds): Milliseconds {
  return waitedMs < PATIENCE_MS ? LOOK_EVERY_MS : LOOK_RARELY_MS;
}

/** The kernel says so, which costs nothing to ask. Of a device out of asound.conf it knows nothing. */
export function isUnplugged(device: string, cards = "/proc/asound"): boolean {
  const card = cardOf(device);
  return card !== undefined && existsSync(cards) && !existsSync(`${cards}/${card}`);
}
