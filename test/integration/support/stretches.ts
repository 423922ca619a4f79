import { toneShare } from "../../rig/listen.ts";
import { testRateHz } from "../../rig/test-audio.ts";

/** One stretch of sound. */
export interface Stretch {
  /** Undefined: something that is none of the tones asked for. */
  readonly toneHz: number | undefined;
  readonly frames: number;
}

/** Within a tone there is no silence so long. */
const SILENCE_FRAMES = testRateHz / 100;
const LEAST_SHARE = 0.99;

/** Everything a card played, to the frame: each frame that is not silence is part of a stretch. */
export function stretches(samples: Int16Array, tonesHz: readonly number[]): Stretch[] {
  const found: Stretch[] = [];
  let fromFrame = 0;
  let toFrame = 0;
  const close = (): void => {
    const frames = toFrame - fromFrame;
    const isTone = (hz: number) => toneShare(samples, fromFrame, frames, testRateHz, hz) >= LEAST_SHARE;
    if (frames > 0) found.push({ toneHz: tonesHz.find(isTone), frames });
  };
  for (const [frame, sample] of samples.entries()) {
    if (sample === 0) continue;
    if (frame - toFrame >= SILENCE_FRAMES) {
      close();
      fromFrame = frame;
    }
    toFrame = frame + 1;
  }
  close();
  return found;
}
