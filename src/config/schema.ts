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
    sentence: "Where the databases lie. Local disk of the box, owned by the agent's user.",
    example: "/srv/loa",
  }),
  socketPath: setting(absolutePath, {
    default: "/run/loa/loa.sock",
    sentence: "Unix socket through which `loa status` asks the agent. No network port is opened.",
    example: "/tmp/loa.sock",
  }),
  clock: v.optional(
    v.strictObject({
      source: setting(oneOf(["timesyncd", "chrony", "assumed"]), {
        default: "timesyncd",
        sentence: "Who says that the clock is right. `assumed` trusts it unasked and is reported to the centre.",
        example: "chrony",
      }),
    }),
    {},
  ),
  link: v.optional(
    v.strictObject({
      keepAliveSeconds: setting(wholeNumber(10, 600), {
        default: 60,
        sentence: "Silence after which a ping is sent; 1.5 times as much counts as lost. Longer saves mobile data.",
        example: 120,
      }),
      backoffBaseSeconds: setting(wholeNumber(1, 60), {
        default: 2,
        sentence:
          "Longest wait before the first try to reconnect. It doubles with each try; the wait itself is random.",
        example: 5,
      }),
      backoffCeilingSeconds: setting(wholeNumber(60, 3600), {
        default: 300,
        sentence: "Where the doubling ends.",
        example: 600,
      }),
      firstRetrySpreadSeconds: setting(wholeNumber(0, 600), {
        default: 60,
        sentence: "Random wait after a loss, so that a province does not reconnect in one second.",
        example: 0,
      }),
    }),
    {},
  ),
  fetch: v.optional(
    v.strictObject({
      windowChunks: setting(wholeNumber(1, 60), {
        default: 48,
        sentence: "Chunks of 32 KiB asked for at once. Fewer spare a narrow link, more are faster on a slow one.",
        example: 16,
      }),
      stallSeconds: setting(wholeNumber(2, 600), {
        default: 10,
        sentence: "Time without a new chunk after which the missing ones are asked for again.",
        example: 30,
      }),
    }),
    {},
  ),
  audio: v.optional(
    v.strictObject({
      budgetMb: setting(wholeNumber(64, 2048), {
        default: 2048,
        sentence: "Disk for stored audio. The profile's budget and 40 % of the partition limit it further.",
        example: 512,
      }),
    }),
    {},
  ),
  heartbeat: v.optional(
    v.strictObject({
      intervalSeconds: setting(wholeNumber(10, 600), {
        default: 60,
        sentence: "Time between heartbeats, give or take a tenth. The centre calls a box late after three.",
        example: 300,
      }),
    }),
    {},
  ),
  evidence: v.optional(
    v.strictObject({
      lingerMs: setting(wholeNumber(0, 60_000), {
        default: 2000,
        sentence: "How long a new record waits for others, so that they travel in one signed batch.",
        example: 500,
      }),
      resendSeconds: setting(wholeNumber(10, 86_400), {
        default: 600,
        sentence: "Time without the centre's acknowledgement after which unacknowledged records are sent again.",
        example: 60,
      }),
    }),
    {},
  ),
  log: v.optional(
    v.strictObject({
      level: setting(oneOf(["fatal", "error", "warn", "info", "debug"]), {
        default: "info",
        sentence: "The least important lines that are written. `info` holds what the centre would ask about.",
        example: "debug",
      }),
    }),
    {},
  ),
  tools: v.optional(
    v.strictObject({
      ffmpeg: setting(program, {
        default: "ffmpeg",
        sentence: "The decoder.",
        example: "/opt/ffmpeg/bin/ffmpeg",
      }),
      aplay: setting(program, {
        default: "aplay",
        sentence: "The program that hands sound to ALSA.",
        example: "/usr/bin/aplay",
      }),
    }),
    {},
  ),
});

export type Config = Frozen<v.InferOutput<typeof configSchema>>;

/** The same shape, not to be written to. */
export type Frozen<Value> = Value extends object ? { readonly [Key in keyof Value]: Frozen<Value[Key]> } : Value;
