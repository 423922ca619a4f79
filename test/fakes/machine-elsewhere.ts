import { onTestFinished } from "vitest";

/** Twelve or eleven hours behind Vietnam, so on another day half of the time. */
export const ELSEWHERE = "America/New_York";

/** For this test the machine, and every command that the test starts on it, has the clock of a place far from any territory. */
export function machineElsewhere(): void {
  const before = process.env["TZ"];
  process.env["TZ"] = ELSEWHERE;
  onTestFinished(() => {
    if (before === undefined) delete process.env["TZ"];
    else process.env["TZ"] = before;
  });
}

/** How far a shown time of day, with or without its date, is from now by the clocks of that place, going round them. */
export function minutesFromNow(shown: string, timeZone: string): number {
  const minuteOf = (text: string): number => {
    const [, hours, minutes] = /(\d\d):(\d\d):\d\d/.exec(text) ?? [];
    return Number(hours) * 60 + Number(minutes);
  };
  const apart = Math.abs(minuteOf(shown) - minuteOf(new Date().toLocaleString("sv-SE", { timeZone })));
  return Math.min(apart, 1_440 - apart);
}
