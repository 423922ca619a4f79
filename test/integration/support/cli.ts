import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { atTheEnd } from "./lifetime.ts";
import { searchForSecrets } from "./secrets.ts";

export const project = join(import.meta.dirname, "../../..");
export const node = join(project, "node_modules/.bin/node");
const CLI = join(project, "src/cli.ts");

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
export async function loa(...args: readonly string[]): Promise<Ended> {
  const ended = await run(node, [CLI, ...args]);
  searchForSecrets(args, ended.stdout + ended.stderr);
  return ended;
}

/** A `loa` command line that goes on until it is ended, and what it has said so far. */
export interface Running {
  said(): string;
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export function startLoa(...args: readonly string[]): Running {
  const child = spawn(node, [CLI, ...args], { cwd: project, stdio: ["ignore", "pipe", "pipe"] });
  const closed = once(child, "close");
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    searchForSecrets(args, said);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    process.stderr.write(text);
    searchForSecrets(args, text);
  });
  atTheEnd(() => void child.kill("SIGKILL"));
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const [code] = await closed;
    return code;
  };
  return { said: () => said, end };
}
