import * as v from "valibot";
import type { ZoneSink } from "../domain/playout.ts";
import { say } from "../texts/say.ts";
import type { Frozen } from "./schema.ts";
import { listOf, matching, required, setting, text, wholeNumber } from "./setting.ts";

/** A name of asound.conf, or a card by its id. Refused is every way to say a number: `hw:0`, `plughw:1,0`, `sysdefault:CARD=1`. */
const device = matching(
  /^(?![^:]*:\d+(,|$))(?!.*[:,]CARD=\d+(,|$))[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_.,=-]+)?$/,
  "config.allowed.device",
);

const zone = v.pipe(
  v.strictObject({
    id: required(matching(/^z([1-9]|1[0-6])$/, "config.allowed.zoneId"), {
      sentence: "The zone's name in orders and reports.",
      example: "z1",
    }),
    device: required(device, {
      sentence: "ALSA device the zone's speakers hang on, by the card's id: equal cards swap their numbers.",
      example: "plughw:CARD=loaz1,DEV=0",
    }),
    rateHz: setting(wholeNumber(8000, 96_000), {
      default: 48_000,
      sentence: "Sample rate the device is opened with.",
      example: 44_100,
    }),
    channels: setting(wholeNumber(1, 2), {
      default: 1,
      sentence:
        "Channels the device is opened with. Speech is mono; `plughw` copies it to both sides of a stereo card.",
      example: 2,
    }),
    // Both together stay below what may be outstanding: 200 ms by contract, less what must wait in the pipe (sound/pace).
    bufferMs: setting(wholeNumber(20, 120), {
      default: 100,
      sentence: "Sound the device holds. More forgives a busy box.",
      example: 120,
    }),
    periodMs: setting(wholeNumber(5, 20), {
      default: 20,
      sentence: "Sound handed over at once; at most half the buffer.",
      example: 10,
    }),
    leadInMs: setting(wholeNumber(0, 5000), {
      default: 0,
      sentence: "Silence played first, while the amplifier wakes.",
      example: 400,
    }),
  }),
  v.forward(
    v.check(
      ({ bufferMs, periodMs }) => periodMs * 2 <= bufferMs,
      () => say("config.allowed.period"),
    ),
    ["periodMs"],
  ),
);

/** What a box model can do: which sound devices are which zones, and what the hardware bears. */
export const profileSchema = v.strictObject({
  $schema: v.optional(v.string()),
  name: required(matching(/^[a-z0-9][a-z0-9-]{0,63}$/, "config.allowed.profileName"), {
    sentence: "Name of the profile, reported to the centre. The same as the file's.",
    example: "raspberry-pi-4-usb-dac",
  }),
  hardware: required(text(120), {
    sentence: "Board and sound device in words, reported to the centre.",
    example: "Raspberry Pi 4 with a USB DAC",
  }),
  description: required(text(500), {
    sentence: "What the box is for and what to know before choosing it.",
    example: "One zone on a class-compliant USB DAC.",
  }),
  zones: v.pipe(
    listOf(zone, 16, "config.allowed.zones"),
    v.check(
      (zones) => allDiffer(zones.map(({ id }) => id)) && allDiffer(zones.map((each) => each.device)),
      () => say("config.allowed.differingZones"),
    ),
    v.description("The zones, each with a device of its own."),
  ),
  budgets: v.optional(
    v.strictObject({
      memoryMb: setting(wholeNumber(64, 4096), {
        default: 100,
        sentence: "Resident memory the agent may take; `loa status` marks what is over it.",
        example: 128,
      }),
      audioMb: setting(wholeNumber(64, 2048), {
        default: 2048,
        sentence: "Disk for stored audio on this model; the smaller of this and `audio.budgetMb` holds.",
        example: 1024,
      }),
    }),
    {},
  ),
});

export type Profile = Frozen<v.InferOutput<typeof profileSchema>>;

export function zoneSinks(profile: Profile): readonly ZoneSink[] {
  return profile.zones.map(({ id, ...sink }) => ({ zoneId: id, ...sink }));
}

function allDiffer(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}
