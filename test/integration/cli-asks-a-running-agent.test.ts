import { expect, test } from "vitest";
import { machineElsewhere, minutesFromNow } from "../fakes/machine-elsewhere.ts";
import { loa } from "./support/cli.ts";
import { station } from "./support/station.ts";

test("a running agent tells what is on air, what waits, why, and that nothing is broken", async () => {
  machineElsewhere();
  const commune = await station();
  const agent = await commune.startSubscribed();
  const config = ["--config", commune.configFile];
  const long = await commune.tone(440, 7.95);
  const short = await commune.tone(880, 0.5);
  const first = await commune.broadcast(long.bytes, long.audio, { title: "Bản tin dài" });
  await agent.until("play.started");
  const second = await commune.broadcast(short.bytes, short.audio, { title: "Bản tin ngắn" });
  await agent.until("order.accepted", ({ id }) => id === second.id);

  const queue = await loa("queue", ...config);
  expect(queue.code).toBe(0);
  expect(queue.stdout).toMatch(/ON AIR until \d\d:\d\d:\d\d {2}Bản tin dài/);
  expect(minutesFromNow(queue.stdout, "Asia/Ho_Chi_Minh")).toBeLessThanOrEqual(2);
  expect(queue.stdout).toMatch(/Bản tin ngắn \(routine, \w{6}\): It waits/);

  const doctor = await loa("doctor", ...config, "--enrolment", commune.enrolment, "--json");
  expect(JSON.parse(doctor.stdout).findings.filter(({ verdict }: { verdict: string }) => verdict === "bad")).toEqual(
    [],
  );
  expect(doctor.stdout).toContain('"found":"card.agent"');
  expect(doctor.code).toBe(0);

  await agent.until("play.ended", ({ id }) => id === second.id);
  const why = await loa("why", first.id, ...config);
  expect(why.code).toBe(0);
  const [, accepted = ""] = /^(.*) {2}all It was accepted/m.exec(why.stdout) ?? [];
  expect(minutesFromNow(accepted, "Asia/Ho_Chi_Minh")).toBeLessThanOrEqual(5);
  expect(why.stdout).toMatch(
    /accepted[\s\S]*It went on air \(play 1\)[\s\S]*It was heard to its end[\s\S]*It is now: done/,
  );
  const zone = await loa("why", "z1", ...config, "--lang", "vi");
  expect(zone.stdout).toMatch(/Bản tin ngắn \(\w{6}\): Đang chờ bản tin đang phát kết thúc/);

  await agent.end("SIGTERM");
  const stored = await loa("why", second.id, ...config);
  expect(stored.code).toBe(4);
  expect(stored.stdout).toContain("It was heard to its end.");
});
