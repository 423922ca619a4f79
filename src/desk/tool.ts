import { execFile } from "node:child_process";
import { deskFailure } from "./failure.ts";

/** Debian's package for each tool the desk starts. */
const PACKAGES = { ffmpeg: "ffmpeg", openssl: "openssl" } as const;
export type Tool = keyof typeof PACKAGES;

export interface ToolResult {
  /** 0 is success; undefined: ended by a signal, the deadline or too much output. */
  readonly exitCode: number | undefined;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface ToolLimits {
  readonly deadlineMs: number;
  readonly outputBytes: number;
}

/**
 * Runs a tool to its end by an argument vector, never a shell. Its failure is a value: only the caller knows what it means.
 * @throws AgentFailure `tool-missing`
 */
export function runTool(
  tool: Tool,
  args: readonly string[],
  limits: ToolLimits,
  input?: Uint8Array,
): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const options = {
      encoding: "buffer",
      timeout: limits.deadlineMs,
      killSignal: "SIGKILL",
      maxBuffer: limits.outputBytes,
    } as const;
    const child = execFile(tool, args, options, (error, stdout, stderr) => {
      if (error !== null && error.code === "ENOENT") {
        const values = { tool, reason: error.message, package: PACKAGES[tool] };
        reject(deskFailure("failure.toolMissing", values, "tool-missing", error));
        return;
      }
      const exitCode = error === null ? 0 : error.code;
      resolve({ exitCode: typeof exitCode === "number" ? exitCode : undefined, stdout, stderr: stderr.toString() });
    });
    // A tool that ends before it has read all breaks the pipe; its exit code tells the story.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
  });
}

/** The last thing a tool said, for people. */
export function lastWords(stderr: string): string {
  return stderr.trim().split("\n").at(-1)?.trim() ?? "";
}
