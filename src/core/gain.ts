import type { Broadcast } from "../domain/broadcast.ts";
import type { BroadcastClass } from "../domain/precedence.ts";
import type { PlacedZone } from "../domain/trust.ts";

/**
 * Every item leaves for the zone's gain as if it had been made at this loudness. EBU R 128 aims at −23 LUFS for homes; horns
 * outdoors carry speech, not dynamics, so it is −16 here.
 */
const TARGET_CENTI_LUFS = -1_600;
/** EBU R 128: true peak of what leaves, at most −1 dBTP. Nothing clips, not even an emergency: clipped speech is harder to understand. */
const PEAK_CENTI_DB = -100;
/** What an unmeasured file is taken for. */
const FULL_SCALE_CENTI_DB = 0;
/** A file that needs more was measured wrong or holds noise. */
const MOST_LIFT_CENTI_DB = 2_000;

/**
 * Gain of one play in hundredths of a dB: the zone's (for emergencies its emergency gain), the order's own, and what brings the
 * measured loudness (EBU R 128, integrated) to the common one; all bounded by the measured true peak.
 */
export function playGainCentiDb(
  order: Pick<Broadcast, "gainCentiDb" | "audio">,
  playedAs: BroadcastClass,
  zone: Pick<PlacedZone, "gainCentiDb" | "emergencyGainCentiDb">,
): number {
  const { loudnessCentiLufs, truePeakCentiDb } = order.audio;
  const zoneGain = playedAs === "emergency" ? zone.emergencyGainCentiDb : zone.gainCentiDb;
  const lift =
    loudnessCentiLufs === undefined ? 0 : Math.min(MOST_LIFT_CENTI_DB, TARGET_CENTI_LUFS - loudnessCentiLufs);
  const headroom = PEAK_CENTI_DB - (truePeakCentiDb ?? FULL_SCALE_CENTI_DB);
  return Math.min(zoneGain + order.gainCentiDb + lift, headroom);
}

/** Of its peak, as it is made. */
const TONE_PEAK_CENTI_DB = -600;

/** Gain of the attention tone: the zone's for emergencies alone. What an order or its file asks for is about the speech. */
export function toneGainCentiDb({ emergencyGainCentiDb }: Pick<PlacedZone, "emergencyGainCentiDb">): number {
  return Math.min(emergencyGainCentiDb, PEAK_CENTI_DB - TONE_PEAK_CENTI_DB);
}
