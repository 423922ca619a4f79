import { statSync } from "node:fs";
import { probeBroker } from "../adapters/broker-probe.ts";
import { authorityEnd, readCertificate } from "../adapters/certificate.ts";
import { readHardwareSerial } from "../adapters/hardware-serial.ts";
import { LinuxHost } from "../adapters/host.ts";
import { PinoLog } from "../adapters/log.ts";
import { loadSigner } from "../adapters/signer.ts";
import { listCards, tryDevice } from "../adapters/sound-cards.ts";
import { SystemClock } from "../adapters/system-clock.ts";
import { SystemTimers } from "../adapters/timers.ts";
import { findTool } from "../adapters/tool-check.ts";
import { type Enrolment, readEnrolment, refuseOtherHardware } from "../config/enrolment.ts";
import { databasePaths } from "../config/paths.ts";
import { type Profile, zoneSinks } from "../config/profile.ts";
import type { Config } from "../config/schema.ts";
import { judgeBrokers } from "../diagnostics/broker.ts";
import { judgeCertificate, judgeOthersEnd } from "../diagnostics/certificate.ts";
import { judgeClock } from "../diagnostics/clock.ts";
import { doubtful, type Finding, failed, good } from "../diagnostics/finding.ts";
import { type CardFacts, judgeCards, judgePlacement, judgeTools } from "../diagnostics/sound.ts";
import { judgeDatabase, judgeDisk } from "../diagnostics/storage.ts";
import type { BrokerReach } from "../domain/diagnosis.ts";
import { type AgentFailure, isAgentFailure } from "../domain/failure.ts";
import type { StatusReport } from "../domain/status.ts";
import type { UnixMs } from "../domain/time.ts";
import { say, word } from "../texts/say.ts";
import { openPlacement } from "../wire/envelope.ts";
import { lastTimeZone } from "./agent-question.ts";
import { type Clocks, clocksOf, instantText } from "./moments.ts";

const BROKER_WITHIN_MS = 10_000;

/** What is looked at. */
export interface Patient {
  readonly config: Config;
  /** Undefined: not named; then the zones of a running agent are all that is known. */
  readonly profile: Profile | undefined;
  readonly enrolmentDirectory: string;
  /** What the agent says of itself, or why it doesn't. */
  readonly agent: StatusReport | AgentFailure;
}

/** What was found, and by whose clocks it tells times. */
export interface Examined {
  readonly findings: readonly Finding[];
  readonly clocks: Clocks;
}

/** Every check, in the order in which a technician would go through them. Nothing is changed by it, and no sound is made. */
export async function examine(patient: Patient): Promise<Examined> {
  const { config, enrolmentDirectory, agent } = patient;
  const enrolment = attempt(() => {
    const read = readEnrolment(enrolmentDirectory, serviceUser(config));
    refuseOtherHardware(read, readHardwareSerial());
    return read;
  });
  const clocks = clocksOf(await timeZoneOf(patient, enrolment));
  const dateText = (atMs: UnixMs) => instantText(atMs, clocks.timeZone);
  const ofEnrolment = isAgentFailure(enrolment)
    ? [failed("enrolment", enrolment)]
    : [
        good("enrolment", "enrolment.good", { directory: enrolmentDirectory, gateway: enrolment.gateway }),
        ...judgeCertificate(
          readCertificate(enrolment.tls.certPem, enrolment.tls.keyPem),
          enrolment.gateway,
          Date.now(),
          dateText,
        ),
        ...judgeOthersEnd({ whose: "authority", untilMs: authorityEnd(enrolment.tls.caPem) }, Date.now(), dateText),
        keyFinding(enrolment),
        ...(await brokerFindings(enrolment, dateText)),
      ];
  const findings = [
    ...agentFindings(agent),
    ...ofEnrolment,
    await clockFinding(config, dateText),
    diskFinding(config),
    ...(await databaseFindings(config)),
    ...judgeTools([config.tools.ffmpeg, config.tools.aplay].map((tool) => ({ tool, path: findTool(tool) }))),
    ...(await cardFindings(patient)),
    ...(isAgentFailure(enrolment) ? [] : placementFindings(enrolment, patient)),
  ];
  return { findings, clocks };
}

/** Of the placement in force: the agent knows it, or its database; before its first start the enrolment folder does. */
async function timeZoneOf(
  { config, agent }: Patient,
  enrolment: Enrolment | AgentFailure,
): Promise<string | undefined> {
  const told = isAgentFailure(agent) ? undefined : agent.timeZone;
  const known = told ?? (await lastTimeZone(config));
  if (known !== undefined || isAgentFailure(enrolment)) return known;
  const opened = openPlacement(enrolment.placementEnvelope);
  return opened.kind === "opened" ? opened.sealed.payload.timeZone : undefined;
}

function agentFindings(agent: Patient["agent"]): readonly Finding[] {
  if (isAgentFailure(agent)) return [doubtful("agent", "agent.down", { reason: agent.message })];
  const { agentVersion: version, gateway, alarms } = agent;
  return [
    good("agent", "agent.running", { version, gateway }),
    ...alarms.map(({ code, detail }) => doubtful("agent", "agent.alarm", { code: word("alarm", code), detail })),
  ];
}

function keyFinding({ gatewayKeyPath }: Enrolment): Finding {
  const signer = attempt(() => loadSigner(gatewayKeyPath));
  return isAgentFailure(signer) ? failed("keys", signer) : good("keys", "keys.good", { kid: signer.kid });
}

async function brokerFindings(
  { brokers, tls }: Enrolment,
  dateText: (atMs: UnixMs) => string,
): Promise<readonly Finding[]> {
  const tries = brokers.map(async (url) => {
    const reach = await probeBroker(url, tls, BROKER_WITHIN_MS).catch(
      (error: unknown): BrokerReach => ({ kind: "unreachable", reason: reasonOf(error) }),
    );
    return { url, reach };
  });
  const reached = await Promise.all(tries);
  const ends = reached.flatMap(({ reach }) => {
    const untilMs = reach.kind === "reached" ? reach.certificateUntilMs : undefined;
    return untilMs === undefined ? [] : judgeOthersEnd({ whose: "broker", untilMs }, Date.now(), dateText);
  });
  return [...judgeBrokers(reached), ...ends];
}

/** The service's user is whoever owns what it writes; before its first start nobody knows. */
function serviceUser({ dataDirectory }: Config): number | undefined {
  return statSync(dataDirectory, { throwIfNoEntry: false })?.uid;
}

async function clockFinding({ clock: { source } }: Config, dateText: (atMs: UnixMs) => string): Promise<Finding> {
  const log = new PinoLog("fatal");
  const clock = new SystemClock(source, new SystemTimers(log), log);
  await clock.start();
  clock.stop();
  const { state, nowMs } = clock.read();
  return judgeClock(source, state, dateText(nowMs));
}

function diskFinding({ dataDirectory }: Config): Finding {
  const reading = attemptAny(() => new LinuxHost(dataDirectory).disk());
  return judgeDisk(dataDirectory, reading instanceof Error ? { unreadable: reading.message } : reading);
}

/** The store is loaded here, so that a box on which SQLite itself does not load can tell so. */
async function databaseFindings(config: Config): Promise<readonly Finding[]> {
  const { inspectDatabase } = await import("../store/inspection.ts");
  const { orders, audio } = databasePaths(config);
  return [orders, audio].map((path) => judgeDatabase(path, inspectDatabase(path)));
}

async function cardFindings({ config, profile, agent }: Patient): Promise<readonly Finding[]> {
  if (!isAgentFailure(agent)) {
    const zones = agent.zones.map(
      ({ id, device, activity: now }): CardFacts => ({ zoneId: id, device, answer: { kind: "agent", activity: now } }),
    );
    return judgeCards(zones, listCards(), activityText);
  }
  if (profile === undefined) return judgeCards(undefined, undefined, activityText);
  const zones: CardFacts[] = [];
  for (const sink of zoneSinks(profile)) {
    zones.push({ zoneId: sink.zoneId, device: sink.device, answer: await tryDevice(config.tools.aplay, sink) });
  }
  return judgeCards(zones, listCards(), activityText);
}

function activityText(activity: StatusReport["zones"][number]["activity"]): string {
  return say(`status.activity.${activity}`);
}

function placementFindings({ placementEnvelope }: Enrolment, { profile, agent }: Patient): readonly Finding[] {
  const opened = openPlacement(placementEnvelope);
  const present = profile?.zones ?? (isAgentFailure(agent) ? undefined : agent.zones);
  const zones = present?.map(({ id }) => id);
  return opened.kind === "opened"
    ? judgePlacement({ kind: "read", zones: opened.sealed.payload.zones.map(({ id }) => id) }, zones)
    : judgePlacement({ kind: "unreadable", reason: opened.detail }, zones);
}

function attempt<Result>(work: () => Result): Result | AgentFailure {
  try {
    return work();
  } catch (error) {
    if (isAgentFailure(error)) return error;
    throw error;
  }
}

function attemptAny<Result>(work: () => Result): Result | Error {
  try {
    return work();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
