import type { AreaId, GatewayId } from "../domain/broadcast.ts";
import { ALARM_CODES, type AlarmCode } from "../domain/report.ts";
import type { AreaDocument, DownTopic } from "../domain/trust.ts";
import { BYTES_16, BYTES_32, CODE, GATEWAY_ID, ISSUER, ULID } from "./patterns.ts";

const PREFIX = "loa/1";
const ROOT_VERSION = /^[1-9][0-9]{0,8}$/;
/** 0..511: as many chunks as the largest file has. */
const CHUNK_NUMBER = /^(?:0|[1-9][0-9]?|[1-4][0-9]{2}|50[0-9]|51[01])$/;

const PLAIN_UP_KINDS = ["state", "birth", "checkpoint", "heartbeat", "evidence", "time-query"] as const;
type PlainUpKind = (typeof PLAIN_UP_KINDS)[number];

const AREA_DOCUMENTS = ["revoked", "beacon", "index"] as const satisfies AreaDocument["type"][];

/** An up topic, parsed. */
export type UpTopic =
  | { readonly kind: PlainUpKind; readonly gateway: GatewayId }
  | { readonly kind: "receipt"; readonly gateway: GatewayId; readonly id: string }
  | { readonly kind: "alarm"; readonly gateway: GatewayId; readonly code: AlarmCode };

export interface ChunkTopic {
  readonly hash: string;
  readonly n: number;
}

/** Levels below the prefix, if it is ours. */
function levelsOf(topic: string): readonly string[] {
  return topic.startsWith(`${PREFIX}/`) ? topic.slice(PREFIX.length + 1).split("/") : [];
}

function matches(pattern: RegExp, value: string | undefined): value is string {
  return value !== undefined && pattern.test(value);
}

export function parseDownTopic(topic: string): DownTopic | undefined {
  const [branch, ...rest] = levelsOf(topic);
  switch (branch) {
    case "trust":
      return parseTrustTopic(rest);
    case "area":
      return parseAreaTopic(rest);
    case "gateway":
      return parseGatewayTopic(rest);
    default:
      return undefined;
  }
}

function parseTrustTopic([kind, version, ...more]: readonly string[]): DownTopic | undefined {
  if (more.length > 0) return undefined;
  if (kind === "policy" && version === undefined) return { kind };
  return kind === "root" && matches(ROOT_VERSION, version) ? { kind, rootVersion: Number(version) } : undefined;
}

function parseAreaTopic([area, kind, name, ...more]: readonly string[]): DownTopic | undefined {
  if (more.length > 0 || !matches(CODE, area)) return undefined;
  const document = AREA_DOCUMENTS.find((candidate) => candidate === kind);
  if (document !== undefined) return matches(ISSUER, name) ? { kind: document, area, issuer: name } : undefined;
  if (!matches(ULID, name)) return undefined;
  if (kind === "control") return { kind, area, id: name };
  if (kind !== "emergency" && kind !== "broadcast") return undefined;
  return { kind: "broadcast", area, emergency: kind === "emergency", id: name };
}

function parseGatewayTopic([gateway, way, kind, nonce, ...more]: readonly string[]): DownTopic | undefined {
  if (more.length > 0 || way !== "down" || !matches(GATEWAY_ID, gateway)) return undefined;
  if (kind === "time") return matches(BYTES_16, nonce) ? { kind, gateway, nonce } : undefined;
  const isDocument = (kind === "placement" || kind === "evidence-ack") && nonce === undefined;
  return isDocument ? { kind, gateway } : undefined;
}

export function parseChunkTopic(topic: string): ChunkTopic | undefined {
  const levels = levelsOf(topic);
  const [branch, hash, n] = levels;
  if (branch !== "audio" || levels.length !== 3 || !matches(BYTES_32, hash) || !matches(CHUNK_NUMBER, n)) {
    return undefined;
  }
  return { hash, n: Number(n) };
}

export function parseUpTopic(topic: string): UpTopic | undefined {
  const levels = levelsOf(topic);
  const [branch, gateway, way, kind, last] = levels;
  if (branch !== "gateway" || way !== "up" || !matches(GATEWAY_ID, gateway)) return undefined;
  if (levels.length === 4) {
    const plain = PLAIN_UP_KINDS.find((candidate) => candidate === kind);
    return plain === undefined ? undefined : { kind: plain, gateway };
  }
  if (levels.length !== 5) return undefined;
  if (kind === "receipt") return matches(ULID, last) ? { kind, gateway, id: last } : undefined;
  const code = kind === "alarm" ? ALARM_CODES.find((candidate) => candidate === last) : undefined;
  return code === undefined ? undefined : { kind: "alarm", gateway, code };
}

/** One level of a topic or filter. A value that could hold `+`, `#` or `/` would be our own fault, so it throws. */
function level(pattern: RegExp, value: string): string {
  if (!pattern.test(value)) throw new TypeError(`not fit for a topic: ${JSON.stringify(value.slice(0, 64))}`);
  return value;
}

export function rootTopic(rootVersion: number): string {
  return `${PREFIX}/trust/root/${level(ROOT_VERSION, String(rootVersion))}`;
}

export function policyTopic(): string {
  return `${PREFIX}/trust/policy`;
}

export function areaDocumentTopic(kind: AreaDocument["type"], area: AreaId, issuer: string): string {
  return `${PREFIX}/area/${level(CODE, area)}/${kind}/${level(ISSUER, issuer)}`;
}

export function broadcastTopic(area: AreaId, emergency: boolean, id: string): string {
  return `${PREFIX}/area/${level(CODE, area)}/${emergency ? "emergency" : "broadcast"}/${level(ULID, id)}`;
}

export function controlTopic(area: AreaId, id: string): string {
  return `${PREFIX}/area/${level(CODE, area)}/control/${level(ULID, id)}`;
}

export function chunkTopic(hash: string, n: number): string {
  return `${PREFIX}/audio/${level(BYTES_32, hash)}/${level(CHUNK_NUMBER, String(n))}`;
}

function gatewayTopic(gateway: GatewayId, rest: string): string {
  return `${PREFIX}/gateway/${level(GATEWAY_ID, gateway)}/${rest}`;
}

export function placementTopic(gateway: GatewayId): string {
  return gatewayTopic(gateway, "down/placement");
}

export function evidenceAckTopic(gateway: GatewayId): string {
  return gatewayTopic(gateway, "down/evidence-ack");
}

export function timeTopic(gateway: GatewayId, nonce: string): string {
  return gatewayTopic(gateway, `down/time/${level(BYTES_16, nonce)}`);
}

export function timeQueryTopic(gateway: GatewayId): string {
  return gatewayTopic(gateway, "up/time-query");
}

export function stateTopic(gateway: GatewayId): string {
  return gatewayTopic(gateway, "up/state");
}

export function birthTopic(gateway: GatewayId): string {
  return gatewayTopic(gateway, "up/birth");
}

export function heartbeatTopic(gateway: GatewayId): string {
  return gatewayTopic(gateway, "up/heartbeat");
}

export function checkpointTopic(gateway: GatewayId): string {
  return gatewayTopic(gateway, "up/checkpoint");
}

export function evidenceTopic(gateway: GatewayId): string {
  return gatewayTopic(gateway, "up/evidence");
}

export function receiptTopic(gateway: GatewayId, id: string): string {
  return gatewayTopic(gateway, `up/receipt/${level(ULID, id)}`);
}

export function alarmTopic(gateway: GatewayId, code: AlarmCode): string {
  return gatewayTopic(gateway, `up/alarm/${level(CODE, code)}`);
}

export function emergencyFilter(area: AreaId): string {
  return `${PREFIX}/area/${level(CODE, area)}/emergency/+`;
}

export function broadcastFilter(area: AreaId): string {
  return `${PREFIX}/area/${level(CODE, area)}/broadcast/+`;
}

export function controlFilter(area: AreaId): string {
  return `${PREFIX}/area/${level(CODE, area)}/control/+`;
}

export function areaDocumentFilters(area: AreaId): readonly string[] {
  return AREA_DOCUMENTS.map((kind) => areaDocumentFilter(kind, area));
}

function areaDocumentFilter(kind: AreaDocument["type"], area: AreaId): string {
  return `${PREFIX}/area/${level(CODE, area)}/${kind}/+`;
}

const rootFilter = `${PREFIX}/trust/root/+`;

/** Root versions and the policy. */
export function trustFilters(): readonly string[] {
  return [rootFilter, policyTopic()];
}

/** The filter that brings a down topic. */
export function filterOf(topic: DownTopic): string {
  switch (topic.kind) {
    case "broadcast":
      return topic.emergency ? emergencyFilter(topic.area) : broadcastFilter(topic.area);
    case "control":
      return controlFilter(topic.area);
    case "root":
      return rootFilter;
    case "policy":
      return policyTopic();
    case "placement":
      return placementTopic(topic.gateway);
    case "evidence-ack":
      return evidenceAckTopic(topic.gateway);
    case "time":
      return timeFilter(topic.gateway);
    default:
      return areaDocumentFilter(topic.kind, topic.area);
  }
}

/** What comes to one gateway alone. */
export function gatewayDownFilters(gateway: GatewayId): readonly string[] {
  return [placementTopic(gateway), evidenceAckTopic(gateway), timeFilter(gateway)];
}

function timeFilter(gateway: GatewayId): string {
  return gatewayTopic(gateway, "down/time/+");
}

/** Everything every gateway says, for the desk. */
export function allUpFilter(): string {
  return `${PREFIX}/gateway/+/up/#`;
}
