import { onTestFailed, onTestFinished } from "vitest";

type Act = () => unknown;

/** Undefined unless `forFile` is at work: what is made then belongs to the test that makes it. */
let actsOfFile: Act[] | undefined;

/** Ends something together with what it was made for, newest first. */
export function atTheEnd(act: Act): void {
  if (actsOfFile === undefined) onTestFinished(async () => void (await act()));
  else actsOfFile.push(act);
}

/** Tells more when the test fails. Of what a whole file shares its tests tell for themselves. */
export function whenItFails(act: Act): void {
  if (actsOfFile === undefined) onTestFailed(async () => void (await act()));
}

/** Makes what all tests of a file share, and returns its end: for `beforeAll`. */
export async function forFile(make: () => Promise<void>): Promise<() => Promise<void>> {
  const acts: Act[] = [];
  const end = async (): Promise<void> => {
    for (const act of acts.splice(0).toReversed()) await act();
  };
  actsOfFile = acts;
  try {
    await make();
    return end;
  } catch (error) {
    await end();
    throw error;
  } finally {
    actsOfFile = undefined;
  }
}
