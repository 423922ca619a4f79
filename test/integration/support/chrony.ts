import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Station } from "./station.ts";

/** As chronyc tells it, in its columns: name, address, stratum, ..., leap status. */
export const UNSYNCHRONISED = "7F7F0101,,0,0.000000000,0,0,0,0,0,0,0,0,0,Not synchronised";
export const SYNCHRONISED = "C0A80101,192.168.1.1,3,1795492230.000000000,0,0,0,0,0,0,0,0,64,Normal";

/** A `chronyc` in front of the real one, if there is one: the clock is what a test may play. */
export function fakeChrony({ folder }: Station) {
  const tools = path.join(folder, "tools");
  const answer = path.join(tools, "tracking");
  mkdirSync(tools);
  writeFileSync(path.join(tools, "chronyc"), `#!/bin/sh\nexec cat "${answer}"\n`);
  chmodSync(path.join(tools, "chronyc"), 0o755);
  return {
    environment: { PATH: `${tools}:${process.env["PATH"]}` },
    answers: (line: string) => writeFileSync(answer, `${line}\n`),
  };
}
