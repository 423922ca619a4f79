import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const FILE = path.resolve(import.meta.dirname, "../../scripts/install/loa.service");

/** The settings of a unit's section, each with all its values in their order. */
function section(name: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, string[]>();
  let current = "";
  for (const line of readFileSync(FILE, "utf8").split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const title = /^\[(.+)\]$/.exec(line)?.[1];
    if (title !== undefined) {
      current = title;
      continue;
    }
    const at = line.indexOf("=");
    if (at < 1) throw new Error(`no setting: ${line}`);
    if (current === name)
      settings.set(line.slice(0, at), [...(settings.get(line.slice(0, at)) ?? []), line.slice(at + 1)]);
  }
  return settings;
}

const service = section("Service");

test.each([
  ["User", "loa"],
  ["NoNewPrivileges", "yes"],
  ["CapabilityBoundingSet", ""],
  ["AmbientCapabilities", ""],
  ["ProtectSystem", "strict"],
  ["ProtectHome", "yes"],
  ["PrivateTmp", "yes"],
  ["DevicePolicy", "closed"],
  ["DeviceAllow", "char-alsa rw"],
  ["SocketBindDeny", "any"],
  ["RestrictAddressFamilies", "AF_UNIX AF_INET AF_INET6 AF_NETLINK"],
  ["SystemCallFilter", "@system-service"],
  ["KillMode", "mixed"],
])("%s is %s, said once", (setting, value) => {
  expect(service.get(setting)).toEqual([value]);
});

test("what the agent writes is the only thing it may write: databases, socket, and the enrolment folder's epoch", () => {
  expect(service.get("StateDirectory")).toEqual(["loa"]);
  expect(service.get("RuntimeDirectory")).toEqual(["loa"]);
  expect(service.get("ReadWritePaths")).toEqual(["/etc/loa/enrolment"]);
  expect(service.get("ExecStart")?.[0]).toContain("--enrolment /etc/loa/enrolment");
});

test("memory, tasks and the time without a sign of life have their ends", () => {
  for (const setting of ["MemoryMax", "TasksMax", "WatchdogSec"]) expect(service.get(setting)?.[0]).toMatch(/^\d+M?$/);
});

test("no secret stands in it, nor a shell", () => {
  const text = readFileSync(FILE, "utf8");
  expect(text).not.toMatch(/passphrase=|password|BEGIN .*PRIVATE KEY/i);
  expect(service.get("ExecStart")?.[0]).not.toMatch(/[;&|$`]|\bsh\b/);
});

test("systemd's own judgement calls it well protected", ({ skip }) => {
  let judged = "";
  try {
    judged = execFileSync("systemd-analyze", ["security", "--offline=true", FILE], { encoding: "utf8", stdio: "pipe" });
  } catch {
    skip("systemd-analyze is not here, or too old to judge a file");
  }
  const exposure = Number(/overall exposure level[^:]*: ([\d.]+)/i.exec(judged)?.[1]);
  expect(exposure).toBeLessThanOrEqual(2.5);
});
