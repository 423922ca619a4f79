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
      sentence: "setting.profile.zones.id",
      example: "z1",
    }),
    device: required(device, {
      sentence: "setting.profile.zones.device",
      example: "plughw:CARD=loaz1,DEV=0",
    }),
    rateHz: setting(wholeNumber(8000, 96_000), {
      default: 48_000,
      sentence: "setting.profile.zones.rateHz",
      example: 44_100,
    }),
    channels: setting(wholeNumber(1, 2), {
      default: 1,
      sentence: "setting.profile.zones.channels",
      example: 2,
    }),
    // Both together stay below what may be outstanding: 200 ms by contract, less what must wait in the pipe (sound/pace).
    bufferMs: setting(wholeNumber(20, 120), {
      default: 100,
      sentence: "setting.profile.zones.bufferMs",
      example: 120,
    }),
    periodMs: setting(wholeNumber(5, 20), {
      default: 20,
      sentence: "setting.profile.zones.periodMs",
      example: 10,
    }),
    leadInMs: setting(wholeNumber(0, 5000), {
      default: 0,
      sentence: "setting.profile.zones.leadInMs",
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
    sentence: "setting.profile.name",
    example: "raspberry-pi-4-usb-dac",
  }),
  hardware: required(text(120), {
    sentence: "setting.profile.hardware",
    example: "Raspberry Pi 4 with a USB DAC",
  }),
  description: required(text(500), {
    sentence: "setting.profile.description",
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
        sentence: "setting.profile.budgets.memoryMb",
        example: 128,
      }),
      audioMb: setting(wholeNumber(64, 2048), {
        default: 2048,
        sentence: "setting.profile.budgets.audioMb",
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
