import * as v from "valibot";
import { matching, oneOf, setting, wholeNumber } from "./setting.ts";

const absolutePath = matching(/^\/[^\0]*$/, "config.allowed.absolutePath");
/** A name to be found on PATH, or where it lies. Never a command line: tools are started from argument vectors. */
const program = matching(/^(\/[^\0]*|[A-Za-z0-9._+-]+)$/, "config.allowed.program");

/** The settings of one gateway. What describes the box instead of its use stands in the firmware profile. */
export const configSchema = v.strictObject({
  $schema: v.optional(v.string()),
  dataDirectory: setting(absolutePath, {
    default: "/var/lib/loa",
    sentence: "setting.dataDirectory",
    example: "/srv/loa",
  }),
  socketPath: setting(absolutePath, {
    default: "/run/loa/loa.sock",
    sentence: "setting.socketPath",
    example: "/tmp/loa.sock",
  }),
  clock: v.optional(
    v.strictObject({
      source: setting(oneOf(["timesyncd", "chrony", "assumed"]), {
        default: "timesyncd",
        sentence: "setting.clock.source",
        example: "chrony",
      }),
    }),
    {},
  ),
  link: v.optional(
    v.strictObject({
      keepAliveSeconds: setting(wholeNumber(10, 600), {
        default: 60,
        sentence: "setting.link.keepAliveSeconds",
        example: 120,
      }),
      backoffBaseSeconds: setting(wholeNumber(1, 60), {
        default: 2,
        sentence: "setting.link.backoffBaseSeconds",
        example: 5,
      }),
      backoffCeilingSeconds: setting(wholeNumber(60, 3600), {
        default: 300,
        sentence: "setting.link.backoffCeilingSeconds",
        example: 600,
      }),
      firstRetrySpreadSeconds: setting(wholeNumber(0, 600), {
        default: 60,
        sentence: "setting.link.firstRetrySpreadSeconds",
        example: 0,
      }),
    }),
    {},
  ),
  fetch: v.optional(
    v.strictObject({
      windowChunks: setting(wholeNumber(1, 60), {
        default: 48,
        sentence: "setting.fetch.windowChunks",
        example: 16,
      }),
      stallSeconds: setting(wholeNumber(2, 600), {
        default: 10,
        sentence: "setting.fetch.stallSeconds",
        example: 30,
      }),
    }),
    {},
  ),
  audio: v.optional(
    v.strictObject({
      budgetMb: setting(wholeNumber(64, 2048), {
        default: 2048,
        sentence: "setting.audio.budgetMb",
        example: 512,
      }),
    }),
    {},
  ),
  heartbeat: v.optional(
    v.strictObject({
      intervalSeconds: setting(wholeNumber(10, 600), {
        default: 60,
        sentence: "setting.heartbeat.intervalSeconds",
        example: 300,
      }),
    }),
    {},
  ),
  evidence: v.optional(
    v.strictObject({
      lingerMs: setting(wholeNumber(0, 60_000), {
        default: 2000,
        sentence: "setting.evidence.lingerMs",
        example: 500,
      }),
      resendSeconds: setting(wholeNumber(10, 86_400), {
        default: 600,
        sentence: "setting.evidence.resendSeconds",
        example: 60,
      }),
    }),
    {},
  ),
  log: v.optional(
    v.strictObject({
      level: setting(oneOf(["fatal", "error", "warn", "info", "debug"]), {
        default: "info",
        sentence: "setting.log.level",
        example: "debug",
      }),
    }),
    {},
  ),
  tools: v.optional(
    v.strictObject({
      ffmpeg: setting(program, {
        default: "ffmpeg",
        sentence: "setting.tools.ffmpeg",
        example: "/opt/ffmpeg/bin/ffmpeg",
      }),
      aplay: setting(program, {
        default: "aplay",
        sentence: "setting.tools.aplay",
        example: "/usr/bin/aplay",
      }),
    }),
    {},
  ),
});

export type Config = Frozen<v.InferOutput<typeof configSchema>>;

/** The same shape, not to be written to. */
export type Frozen<Value> = Value extends object ? { readonly [Key in keyof Value]: Frozen<Value[Key]> } : Value;
