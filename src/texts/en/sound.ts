/** Why a play ended as it did: the `detail` of its end, for the technician. */
export const soundTexts = {
  "sound.maximum": "Stopped at its longest allowed time ({seconds} s).",
  "sound.aborted": "Its audio file could not be read on.",
  "sound.decoder.refused": "The audio file can't be decoded: {reason}",
  "sound.decoder.nothing": "The audio file holds no sound.",
  "sound.decoder.quiet": "The decoder gave nothing for {seconds} s.",
  "sound.feed.quiet": "No more of the audio file came for {seconds} s.",
  "sound.sink.missing": "The sound card {device} is not there: {reason}",
  "sound.sink.busy": "The sound card {device} is in use: {reason}",
  "sound.sink.held": "The sound card {device} was not let go by what played before.",
  "sound.sink.stalled": "The sound card {device} has taken no sound for {seconds} s.",
  "sound.sink.failed": "The sound card {device} failed: {reason}",
  "sound.sink.early": "its player ended before all was played",
  "sound.tool.silent": "{tool} ended ({how}) and said nothing.",
  "sound.zone.unknown": "There is no zone {zone} on this box.",
  "sound.thread.died": "The sound thread died: {reason}",
  "sound.thread.stopped": "The sound output is not running.",
} as const;
