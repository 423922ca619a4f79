// What the agent stands on before it is put together: its databases, what it believes, and what its tools may see.
import { join } from "node:path";
import type { CertificateTime } from "./adapters/broker-trust.ts";
import { authorityEnd, readCertificate } from "./adapters/certificate.ts";
import type { SystemChance } from "./adapters/chance.ts";
import { findTool } from "./adapters/tool-check.ts";
import type { Enrolment } from "./config/enrolment.ts";
import { databasePaths } from "./config/paths.ts";
import type { Profile } from "./config/profile.ts";
import type { Config } from "./config/schema.ts";
import * as evidenceChain from "./core/evidence.ts";
import type { CertificateEnd } from "./domain/diagnosis.ts";
import { AgentFailure } from "./domain/failure.ts";
import type { Log } from "./domain/ports.ts";
import type { AlarmBoard } from "./pipeline/alarm-board.ts";
import { loadTrust, type TrustState } from "./pipeline/trust-state.ts";
import type { TrustedClock } from "./pipeline/trusted-clock.ts";
import { type AudioStore, openAudio } from "./store/audio.ts";
import { type OpenedOrders, type OrdersStore, openOrders } from "./store/orders.ts";
import { say } from "./texts/say.ts";

export interface AgentOptions {
  readonly config: Config;
  readonly profile: Profile;
  readonly enrolment: Enrolment;
  /** Where `enrolment` was read from: the epoch's id is kept there. */
  readonly enrolmentDirectory: string;
  readonly agentVersion: string;
  readonly log: Log;
}

/** What was damaged is put aside and made anew; `broken` tells of it. */
export function openStores(
  { config, enrolment, enrolmentDirectory, log }: AgentOptions,
  chance: SystemChance,
  nowMs: number,
): OpenedOrders & { readonly audio: AudioStore; readonly broken: string | undefined } {
  const paths = databasePaths(config);
  const opened = openOrders({
    path: paths.orders,
    epochPath: join(enrolmentDirectory, "epoch"),
    gateway: enrolment.gateway,
    chain: evidenceChain,
    newEpoch: () => chance.ulid(nowMs),
    nowMs,
  });
  const { audio, setAside } = openAudio({ path: paths.audio, nowMs });
  const broken = [opened.setAside, setAside].filter((aside) => aside !== undefined);
  for (const { path, reason } of broken) {
    log.write("error", "store.broken", { path, reason }, "a database was damaged; it was put aside and made anew");
  }
  const told = broken.map(({ path, reason }) => `${path}: ${reason}`).join("; ");
  return { ...opened, audio, broken: told === "" ? undefined : told };
}

/** Throws `enrolment-invalid` for a folder that contradicts itself or the database. */
export function trustOf(
  { enrolment, enrolmentDirectory }: AgentOptions,
  orders: OrdersStore,
  clock: TrustedClock,
): TrustState {
  const loaded = loadTrust(orders, enrolment, clock.read());
  if (loaded.kind === "loaded") return loaded.trust;
  const { code, detail } = loaded.objection;
  const reason = `${code}: ${detail}`;
  throw new AgentFailure(
    "enrolment-invalid",
    say("failure.enrolment.untrusted", { directory: enrolmentDirectory, reason }),
    { hint: say("failure.enrolment.hint") },
  );
}

/** Decoder and sink see nothing of the agent's environment but what they need to find themselves and the sound card. */
export function toolEnvironment(): Readonly<Record<string, string>> {
  const names = ["PATH", "LANG", "ALSA_CONFIG_PATH", "XDG_RUNTIME_DIR"];
  return Object.fromEntries(
    names.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
}

/** When the certificates end that this box shows and believes. */
export function certificateEnds({ caPem, certPem, keyPem }: Enrolment["tls"]): readonly CertificateEnd[] {
  const own = readCertificate(certPem, keyPem);
  const authority: CertificateEnd = { whose: "authority", untilMs: authorityEnd(caPem) };
  return own.kind === "read" ? [{ whose: "gateway", untilMs: own.notAfterMs }, authority] : [authority];
}

/** The saved clock is no floor here: one that was wrong once would keep the box from who could tell it the time. */
export function certificateTime(clock: TrustedClock): CertificateTime {
  const { state, nowMs } = clock.read();
  if (state === "sync") return { kind: "clock" };
  return { kind: "floor", floorMs: state === "hold" ? nowMs : clock.signedFloor * 1000 };
}

/** A box without its tools starts all the same: it can still receive, store and say what is wrong with it. */
export function warnOfMissingTools({ tools }: Config, alarms: AlarmBoard): void {
  const missing = [tools.ffmpeg, tools.aplay].filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0)
    alarms.raise("play-failed", say("failure.toolMissing.summary", { tools: missing.join(", ") }));
}
