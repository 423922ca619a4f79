import { X509Certificate } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { readCertificate } from "../adapters/certificate.ts";
import { enrolledPlacementObjection, enrolledRootObjection } from "../core/enrolment.ts";
import { BUILT_IN_POLICY } from "../core/policy.ts";
import { deskFailure } from "../desk/failure.ts";
import { buildFolder, writePrivate, writePublic } from "../desk/files.ts";
import type { EnrolmentBundle } from "../domain/enrolment.ts";
import type { UnixMs } from "../domain/time.ts";
import { openPlacement, openRoot } from "../wire/envelope.ts";
import type { OwnKeys } from "./own-keys.ts";

/** Its evidence goes on where it was, and the loss of a database is still told from a first start. */
const EPOCH_FILE = "epoch";

/**
 * Puts the enrolment folder in its place, whole or not at all, once the bundle is found to be this very box's. An earlier folder
 * is kept beside it.
 * @throws AgentFailure `enrolment-invalid`
 */
export async function installBundle(
  bundle: EnrolmentBundle,
  { keys, serial, enrolment, nowMs }: { keys: OwnKeys; serial: string; enrolment: string; nowMs: UnixMs },
): Promise<void> {
  const objection = objectionTo(bundle, keys, serial);
  if (objection !== undefined) {
    throw deskFailure("enrol.otherBundle", { gateway: bundle.gateway, reason: objection }, "enrolment-invalid");
  }
  const target = path.resolve(enrolment);
  const before = `${target}.until-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, "-")}`;
  const { gateway, brokers, publicKey } = bundle;
  await buildFolder(
    target,
    async (folder) => {
      const file = (name: string) => path.join(folder, name);
      writePublic(file("gateway.json"), `${JSON.stringify({ gateway, serial, publicKey, brokers }, undefined, 2)}\n`);
      writePublic(file("root.json"), bundle.root);
      writePublic(file("placement.json"), bundle.placement);
      writePublic(file("tls-cert.pem"), bundle.certificate);
      writePublic(file("broker-ca.pem"), bundle.authority);
      writePrivate(file("gateway-key.pem"), readFileSync(keys.gatewayKeyPath));
      writePrivate(file("tls-key.pem"), readFileSync(keys.tlsKeyPath));
      if (existsSync(path.join(target, EPOCH_FILE))) copyFileSync(path.join(target, EPOCH_FILE), file(EPOCH_FILE));
    },
    () => {
      if (existsSync(target)) renameSync(target, before);
    },
  );
  rmSync(keys.folder, { recursive: true, force: true });
}

/** What speaks against it, in the words of whoever made the rule; undefined when it is ours. */
function objectionTo(bundle: EnrolmentBundle, keys: OwnKeys, serial: string): string | undefined {
  if (bundle.serial !== serial) return `it is for the hardware ${bundle.serial}, and this is ${serial}`;
  if (bundle.publicKey !== keys.publicKey) return "it answers another request than this box made last";
  return objectionToTrust(bundle) ?? objectionToCertificate(bundle, keys);
}

/** Dates are left to `loa run`, which has a clock. */
function objectionToTrust({ gateway, root, placement }: EnrolmentBundle): string | undefined {
  const clock = { state: "none", nowMs: 0 } as const;
  const [openedRoot, openedPlacement] = [openRoot(Buffer.from(root)), openPlacement(Buffer.from(placement))];
  if (openedRoot.kind === "refused") return `root: ${openedRoot.detail}`;
  if (openedPlacement.kind === "refused") return `placement: ${openedPlacement.detail}`;
  const ofRoot = enrolledRootObjection(openedRoot.sealed, clock);
  if (ofRoot !== undefined) return `root: ${ofRoot.detail}`;
  const trust = { gateway, root: openedRoot.sealed.payload, policy: BUILT_IN_POLICY, clock };
  const ofPlacement = enrolledPlacementObjection(openedPlacement.sealed, trust);
  return ofPlacement === undefined ? undefined : `placement: ${ofPlacement.detail}`;
}

function objectionToCertificate(
  { gateway, certificate, authority }: EnrolmentBundle,
  { tlsKeyPath }: OwnKeys,
): string | undefined {
  const facts = readCertificate(certificate, readFileSync(tlsKeyPath, "utf8"));
  if (facts.kind === "unreadable") return `certificate: ${facts.reason}`;
  if (facts.commonName !== gateway) return `certificate: made out to ${facts.commonName}`;
  if (!facts.matchesKey) return "certificate: for another key";
  const [own, ca] = [new X509Certificate(certificate), readAuthority(authority)];
  return ca !== undefined && own.checkIssued(ca) && own.verify(ca.publicKey) ? undefined : "certificate: of another CA";
}

function readAuthority(pem: string): X509Certificate | undefined {
  try {
    const ca = new X509Certificate(pem);
    return ca.ca ? ca : undefined;
  } catch {
    return undefined;
  }
}
