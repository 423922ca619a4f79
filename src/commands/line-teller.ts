import { clocksOf, timeOfDayText } from "./moments.ts";

/**
 * For commands that go on: one line for each thing that happens, a document for programs, for people a text behind the time of day;
 * without a text nothing.
 * @param territoryZone by whose clocks people are told it
 */
export function lineTeller(json: boolean, territoryZone: string): (document: object, text: string | undefined) => void {
  const { timeZone, notice } = clocksOf(territoryZone);
  const print = (line: string) => void process.stdout.write(`${line}\n`);
  if (!json) notice.forEach(print);
  return (document, text) => {
    const nowMs = Date.now();
    if (json) print(JSON.stringify({ atMs: nowMs, ...document }));
    else if (text !== undefined) print(`${timeOfDayText(nowMs, timeZone)} ${text}`);
  };
}
