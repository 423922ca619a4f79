import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { LinuxHost } from "../../src/adapters/host.ts";

/** A host whose /proc and /sys hold what the test says. */
function hostWith(files: Readonly<Record<string, string>>): LinuxHost {
  const root = mkdtempSync(path.join(tmpdir(), "loa-host-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  return new LinuxHost(root, root);
}

const ROUTE_HEADER = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n";
const routeBy = (name: string): string =>
  `${ROUTE_HEADER}${name}\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n${name}\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n`;

describe("readings of the box", () => {
  test("uptime, load and memory", () => {
    const host = hostWith({
      "proc/uptime": "4321.98 8000.00\n",
      "proc/loadavg": "0.42 0.30 0.20 1/123 4567\n",
      "proc/self/status": "Name:\tnode\nVmPeak:\t  999999 kB\nVmRSS:\t   92160 kB\n",
    });
    expect([host.uptimeSeconds(), host.loadCenti(), host.memoryMb()]).toEqual([4321, 42, 90]);
  });

  test("the hottest sensor, and none where there is none", () => {
    const hot = hostWith({
      "sys/class/thermal/thermal_zone0/temp": "48312\n",
      "sys/class/thermal/thermal_zone1/temp": "51999\n",
      "sys/class/thermal/cooling_device0/temp": "99999\n",
    });
    expect(hot.temperatureCentiC()).toBe(5200);
    expect(hostWith({}).temperatureCentiC()).toBeUndefined();
  });

  test.each([
    ["ethernet", { "proc/net/route": routeBy("eth0"), "sys/class/net/eth0/uevent": "INTERFACE=eth0\n" }],
    ["cellular", { "proc/net/route": routeBy("wwan0"), "sys/class/net/wwan0/uevent": "DEVTYPE=wwan\n" }],
    ["cellular", { "proc/net/route": routeBy("ppp0"), "sys/class/net/ppp0/type": "512\n" }],
    ["none", { "proc/net/route": ROUTE_HEADER }],
    ["none", {}],
    [
      "ethernet",
      {
        "proc/net/route": ROUTE_HEADER,
        "proc/net/ipv6_route": `${"0".repeat(32)} 00 ${"0".repeat(32)} 00 fe80 00000400 00000001 00000000 00000003     eth0\n`,
      },
    ],
  ])("network %s", (kind, files) => {
    expect(hostWith(files).network()).toEqual({ kind });
  });

  test("wifi with its signal", () => {
    const files = {
      "proc/net/route": routeBy("wlan0"),
      "sys/class/net/wlan0/uevent": "DEVTYPE=wlan\n",
      "proc/net/wireless": "Inter-| sta-|\n face | tus |\n wlan0: 0000   60.  -51.  -256\n",
    };
    expect(hostWith(files).network()).toEqual({ kind: "wifi", signalDbm: -51 });
  });

  test("this machine's own disk and memory are read, whatever they are", () => {
    const host = new LinuxHost(tmpdir());
    expect(host.disk().usedPercent).toBeGreaterThanOrEqual(0);
    expect(host.disk().usedPercent).toBeLessThanOrEqual(100);
    expect(host.memoryMb()).toBeGreaterThan(10);
    expect(host.uptimeSeconds()).toBeGreaterThan(0);
  });
});
