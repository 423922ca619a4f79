import { generateKeyPairSync } from "node:crypto";
import { FileSigner } from "../../src/adapters/signer.ts";
import { verifyDown } from "../../src/core/verify.ts";
import type { Signer } from "../../src/domain/ports.ts";
import type { DownTopic, Root } from "../../src/domain/trust.ts";
import { type EnvelopeJson, openDown, seal } from "../../src/wire/envelope.ts";
import { AREA, BROADCAST, DELEGATION, envelopeOf, MORNING, ROOT, rootKey } from "../fixtures/wire-messages.ts";
import type { Measurement } from "./bench-run.ts";
import { blankGateway } from "./blank-gateway.ts";
import { type Figure, quantile } from "./figure.ts";

const CHAIN_LENGTH = 3;
const MEDIAN_AT_MOST_MS = 2;

const context = blankGateway(ROOT as Root);

interface Speaker {
  readonly signer: Signer;
  readonly chain: readonly EnvelopeJson[];
}

/** One broadcast from bytes to verdict, by a chain of three: met for the first time, and known from its earlier messages. */
export const measureVerify: Measurement = async ({ isQuick }) => {
  const runs = isQuick ? 500 : 5_000;
  const newChains = Array.from({ length: runs / 5 }, () => timed(speaker(), 1)).flat();
  return [
    ...figures("verify, chain of three met first", newChains),
    ...figures("verify, chain of three known", timed(speaker(), runs)),
  ];
};

function figures(name: string, tookMs: readonly number[]): readonly Figure[] {
  const note = `${tookMs.length} messages`;
  return [
    { name: `${name}: median`, value: quantile(tookMs, 0.5), unit: "ms", target: { atMost: MEDIAN_AT_MOST_MS }, note },
    { name: `${name}: p99`, value: quantile(tookMs, 0.99), unit: "ms" },
  ];
}

function timed({ signer, chain }: Speaker, messages: number): readonly number[] {
  const topic: DownTopic = { kind: "broadcast", area: AREA, emergency: false, id: BROADCAST.id };
  return Array.from({ length: messages }, (_, n) => {
    const bytes = seal({ ...BROADCAST, sequence: n }, [signer], MORNING, chain);
    const startedAtMs = performance.now();
    const opened = openDown(bytes, topic);
    const verdict = opened.kind === "opened" ? verifyDown(opened.sealed, topic, context) : opened;
    const tookMs = performance.now() - startedAtMs;
    if (verdict.kind !== "accepted") throw new Error(`a good broadcast: ${JSON.stringify(verdict)}`);
    return tookMs;
  });
}

/** New keys from the root down. */
function speaker(): Speaker {
  let above: Speaker & { readonly issuer: string; readonly level: string } = {
    ...{ signer: rootKey, chain: [], issuer: "root", level: "root" },
  };
  for (let link = 0; link < CHAIN_LENGTH; link += 1) {
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const subject = { ...DELEGATION.subject, publicKey: publicKey.export({ format: "jwk" }).x ?? "" };
    const { issuer, level, signer, chain } = above;
    const delegation = { ...DELEGATION, issuer, level, subject, uses: ["broadcast", "delegate"] };
    const sealed = envelopeOf(seal(delegation, [signer], DELEGATION.issuedAt));
    above = {
      signer: new FileSigner(privateKey),
      chain: [...chain, sealed],
      issuer: subject.issuer,
      level: subject.level,
    };
  }
  return above;
}
