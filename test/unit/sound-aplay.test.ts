import { expect, test } from "vitest";
import { AplaySetup, aplayParameters, faultOf, tellsUnderrun } from "../../src/sound/aplay.ts";
import { lastWords } from "../../src/sound/child.ts";

const zone = {
  zoneId: "z1",
  device: "plughw:CARD=Device,DEV=0",
  rateHz: 48_000,
  channels: 2,
  bufferMs: 100,
  periodMs: 20,
  leadInMs: 0,
};

/** As aplay 1.2.8 writes it for a converting device: our side first, the card's own behind it. */
const setupOfPlug = `Plug PCM: Rate conversion PCM (44100, sformat=S16_LE)
Its setup is:
  stream       : PLAYBACK
  rate         : 48000
  exact rate   : 48000 (48000/1)
  buffer_size  : 4800
  period_size  : 960
  period_time  : 20000
  boundary     : 5404319552844595200
Slave: Hardware PCM card 1 'USB Audio' device 0 subdevice 0
Its setup is:
  buffer_size  : 4410
  period_size  : 882
  boundary     : 4965218588425977856`;

test("aplay's argument vector, word for word", () => {
  expect(aplayParameters(zone).join(" ")).toBe(
    "-q -v -N -D plughw:CARD=Device,DEV=0 -t raw -f S16_LE -r 48000 -c 2 --buffer-time=100000 --period-time=20000",
  );
});

test("the first setup told is ours, and is complete with its last line", () => {
  const setup = new AplaySetup(48_000);
  const told = setupOfPlug.split("\n").map((line) => setup.take(line));
  expect(told.findIndex((geometry) => geometry !== undefined)).toBe(8);
  expect(told[8]).toEqual({ rateHz: 48_000, bufferFrames: 4800, periodFrames: 960 });
});

test.each([
  ["aplay: main:831: audio open error: Device or resource busy", "busy"],
  ["aplay: main:831: audio open error: No such file or directory", "missing"],
  ["ALSA lib confmisc.c:165:(snd_config_get_card) Cannot get card index for Device", "missing"],
  ["aplay: pcm_write:2127: write error: No such device", "missing"],
  ["aplay: pcm_write:2127: write error: Input/output error", undefined],
] as const)("%s is %s", (line, fault) => {
  expect(faultOf(`${line}\n`)).toBe(fault);
});

test("an underrun is told by its line", () => {
  expect(tellsUnderrun("underrun!!! (at least 12.345 ms long)")).toBe(true);
  expect(tellsUnderrun("  stop_threshold   : 4800")).toBe(false);
});

test("the last words of a tool are one printable line", () => {
  expect(lastWords("first\n  \u001b[31msecond\u0007 line  \n\n")).toBe("[31msecond  line");
  expect(lastWords(`${"x".repeat(500)}`)).toHaveLength(200);
  expect(lastWords("\n \n")).toBeUndefined();
});
