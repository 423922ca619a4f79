import { copyFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type CertificateFiles, issueDated, TestAuthority } from "./support/certificates.ts";
import { station } from "./support/station.ts";

const DAY_MS = 86_400_000;

test("a broker that is not ours raises the alarm auth with its reason, and ours ends it", async () => {
  const commune = await station({ withServer: false });
  const stranger = new TestAuthority("stranger");
  onTestFinished(() => stranger.remove());
  const { authority } = commune.desk.folder;
  const ours = { certFile: authority.certificatePath, keyFile: authority.keyPath };
  const { broker } = commune.bench;
  const show = ({ certFile, keyFile }: CertificateFiles): void => {
    copyFileSync(certFile, path.join(broker.folder, "server-cert.pem"));
    copyFileSync(keyFile, path.join(broker.folder, "server-key.pem"));
  };
  const now = Date.now();
  const good = issueDated(ours, now - DAY_MS, now + DAY_MS);
  const impostors = [
    { shown: stranger.issueServer(), reason: "was not issued by the CA of the enrolment folder" },
    { shown: issueDated(ours, now - 9 * DAY_MS, now - DAY_MS), reason: "has expired" },
    { shown: { certFile: stranger.certFile, keyFile: stranger.keyFile }, reason: "vouches for itself" },
    {
      shown: issueDated(ours, now - DAY_MS, now + DAY_MS, "DNS:elsewhere.example"),
      reason: "made out to another name",
    },
  ];
  for (const { shown, reason } of impostors) {
    await broker.stop();
    show(shown);
    await broker.start();
    const agent = await commune.startAgent({ untilConnected: false });
    const raised = await agent.until("alarm.raised", ({ code, detail }) => {
      return code === "auth" && String(detail).includes(reason);
    });
    expect((await agent.status()).alarms).toMatchObject([{ code: "auth", detail: raised["detail"] }]);
    expect(agent.events("link.up")).toEqual([]);
    await agent.end();
  }
  expect(broker.log).not.toContain("as 7k3m9q2w5x8y");

  await broker.stop();
  show(good);
  await broker.start();
  const agent = await commune.startAgent();
  await agent.until("alarm.cleared", ({ code }) => code === "auth");
  // Believed, but somebody has to renew it.
  await agent.until("alarm.raised", ({ code }) => code === "certificate");
  const [alarm, ...others] = (await agent.status()).alarms;
  expect(alarm?.code).toBe("certificate");
  expect(alarm?.detail).toMatch(/^certificates to renew: broker until \d{4}-\d\d-\d\d$/);
  expect(others).toEqual([]);
});
