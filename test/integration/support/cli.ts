import { spawn } from "node:child_process";
import { join } from "node:path";

export const project = join(import.meta.dirname, "../../..");
export const node = join(project, "node_modules/.bin/node");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. Its streams are pipes: what it prints is what a script would read. */
export function run(program: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: project, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs one `loa` command line from the sources. */
export function loa(...args: readonly string[]): Promise<Ended> {
  return run(node, [join(project, "src/cli.ts"), ...args]);
}
