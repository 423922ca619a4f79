import { expect, test } from "vitest";
import { check } from "../../src/config/faults.ts";
import { profileSchema } from "../../src/config/profile.ts";

const zone = { id: "z1", device: "plughw:CARD=loaz1,DEV=0" };

function checked(...zones: readonly Record<string, unknown>[]) {
  return check(profileSchema, { name: "box", hardware: "a box", description: "for tests", zones });
}

function faults(...zones: readonly Record<string, unknown>[]): readonly string[] {
  const outcome = checked(...zones);
  return outcome.kind === "faulty" ? outcome.faults : [];
}

test.each([
  "hw:0",
  "hw:1,0",
  "plughw:1,0",
  "plughw:0,0,0",
  "sysdefault:1",
  "hw:CARD=0",
  "plughw:CARD=1,DEV=0",
  "plughw:DEV=0,CARD=1",
  "dmix:CARD=12",
])("%s is a number and is refused with advice", (device) => {
  const [fault, ...others] = faults({ ...zone, device });
  expect(others).toEqual([]);
  expect(fault).toMatch(/^zones\[0\]\.device: found .*by id, as `aplay -L` lists it .*numbers change at a reboot/);
});

test.each([
  "speaker1",
  "loa_z1",
  "hw:Device",
  "hw:Device,0",
  "plughw:CARD=Device,DEV=0",
  "hw:CARD=USB2,DEV=1,SUBDEV=0",
  "plug:speaker1",
  "default:CARD=U0x41e0x30d3",
])("%s names its card and is accepted", (device) => {
  expect(checked({ ...zone, device })).toMatchObject({ kind: "good" });
});

test.each(["", "-Dhw", "a b", "$(reboot)", "plughw:'CARD=x'", "x\ny"])("%j is no device", (device) => {
  expect(faults({ ...zone, device })).toHaveLength(1);
});
