import ffmpeg from "fluent-ffmpeg";
import type { AudioMediaType } from "../domain/broadcast.ts";
import type { OutputStart, ZoneSink } from "../domain/playout.ts";

/** Demuxer and the decoders behind it: the only ones of ffmpeg's hundreds that a file from outside can reach. */
const FORMATS: Readonly<Record<AudioMediaType, { readonly demuxer: string; readonly decoders: string }>> = {
  "audio/ogg": { demuxer: "ogg", decoders: "opus,vorbis" },
  "audio/mpeg": { demuxer: "mp3", decoders: "mp3float,mp3" },
  "audio/wav": { demuxer: "wav", decoders: "pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le" },
};

/** fluent-ffmpeg's builder of argument vectors, private and pinned: its own `run()` loses kills and hangs. */
type VectorBuilder = ffmpeg.FfmpegCommand & { _getArguments(): string[] };

/** ffmpeg 5 to 7: one named format in on stdin, the first audio stream out as S16_LE at the sink's rate and channels. */
export function decoderParameters(
  start: Pick<OutputStart, "mediaType" | "offsetMs">,
  sink: Pick<ZoneSink, "rateHz" | "channels">,
): readonly string[] {
  const { demuxer, decoders } = FORMATS[start.mediaType];
  const command = ffmpeg()
    .input("pipe:0")
    .inputFormat(demuxer)
    .inputOptions("-hide_banner", "-nostdin", "-loglevel", "error")
    .inputOptions("-protocol_whitelist", "pipe", "-format_whitelist", demuxer, "-codec_whitelist", decoders)
    // The format is named and the stream the first: one packet tells the rest, so a slow file begins to sound early.
    .inputOptions("-probesize", "32768", "-analyzeduration", "0", "-threads", "1")
    .output("pipe:1")
    .outputOptions("-map", "0:a:0", "-map_metadata", "-1", "-sn", "-dn")
    .noVideo()
    .audioFrequency(sink.rateHz)
    .audioChannels(sink.channels)
    .format("s16le") as VectorBuilder;
  // After the input: a pipe can't be sought in, so what lies before the offset is decoded and dropped.
  if (start.offsetMs > 0) command.seek(start.offsetMs / 1000);
  return command._getArguments();
}
