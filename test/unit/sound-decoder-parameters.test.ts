import { expect, test } from "vitest";
import { AUDIO_MEDIA_TYPES } from "../../src/domain/broadcast.ts";
import { decoderParameters } from "../../src/sound/decoder-parameters.ts";

const horn = { rateHz: 48_000, channels: 1 };

test("the decoder's argument vector, word for word", () => {
  expect(decoderParameters({ mediaType: "audio/ogg", offsetMs: 0 }, horn).join(" ")).toBe(
    "-f ogg -hide_banner -nostdin -loglevel error -protocol_whitelist pipe -format_whitelist ogg" +
      " -codec_whitelist opus,vorbis -probesize 32768 -analyzeduration 0 -threads 1 -i pipe:0" +
      " -ar 48000 -ac 1 -vn -map 0:a:0 -map_metadata -1 -sn -dn -f s16le pipe:1",
  );
});

test("an offset is decoded and dropped: it stands behind the input", () => {
  const parameters = decoderParameters({ mediaType: "audio/mpeg", offsetMs: 12_345 }, { rateHz: 44_100, channels: 2 });
  expect(parameters.slice(parameters.indexOf("-i")).join(" ")).toBe(
    "-i pipe:0 -ar 44100 -ac 2 -vn -map 0:a:0 -map_metadata -1 -sn -dn -f s16le -ss 12.345 pipe:1",
  );
});

test.each(AUDIO_MEDIA_TYPES)("%s is read from the pipe alone, by one named demuxer", (mediaType) => {
  const parameters = decoderParameters({ mediaType, offsetMs: 0 }, horn);
  const after = (option: string) => parameters[parameters.indexOf(option) + 1];
  expect(after("-protocol_whitelist")).toBe("pipe");
  expect(after("-format_whitelist")).toBe(after("-f"));
  expect(parameters.filter((word) => word === "-i")).toHaveLength(1);
});
