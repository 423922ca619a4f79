import type { AudioFormat } from "../rig/test-audio.ts";
import type { Measurement } from "./bench-run.ts";
import { benchStation } from "./bench-station.ts";
import type { Figure } from "./figure.ts";
import { compare, makeItem } from "./heard.ts";

const FORMATS: readonly AudioFormat[] = ["wav", "opus", "mp3"];

/** A signed item of exactly 20 s through broker, database, decoder and sink, counted on the card. */
export const measureFrames: Measurement = async ({ isQuick, ending }) => {
  const seconds = isQuick ? 5 : 20;
  const station = await benchStation(ending);
  const agent = await station.startAgent();
  const figures: Figure[] = [];
  for (const format of FORMATS) {
    const item = await makeItem(station.folder, format, seconds);
    const before = (await station.card.frames()).length;
    await station.publishChunks(item);
    const { id } = await station.publishOrder(item);
    await agent.until("play.ended", (line) => line["id"] === id);
    const heard = compare((await station.card.frames()).subarray(before), item.reference);
    const { lostFrames, doubledFrames, paddingFrames, isExact } = heard;
    figures.push(
      {
        name: `${format}: content on the card`,
        value: heard.contentFrames,
        unit: "frames",
        target: { exactly: item.reference.length },
        note: `${seconds}.000 s; ${isExact ? "each sample as decoded" : "samples differ"}, then ${paddingFrames} of zeros`,
      },
      { name: `${format}: lost or doubled`, value: lostFrames + doubledFrames, unit: "frames", target: { exactly: 0 } },
    );
  }
  return figures;
};
