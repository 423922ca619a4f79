import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findTool } from "../../src/adapters/tool-check.ts";

test("a tool is the first executable file of its name along the path, or the absolute one itself", () => {
  const root = mkdtempSync(path.join(tmpdir(), "loa-path-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const [first, second] = [path.join(root, "first"), path.join(root, "second")];
  mkdirSync(path.join(first, "folder"), { recursive: true });
  mkdirSync(second);
  writeFileSync(path.join(first, "ffmpeg"), "", { mode: 0o644 });
  writeFileSync(path.join(second, "ffmpeg"), "", { mode: 0o755 });
  const searchPath = [first, second].join(":");

  expect(findTool("ffmpeg", searchPath)).toBe(path.join(second, "ffmpeg"));
  expect(findTool("folder", searchPath)).toBeUndefined();
  expect(findTool("aplay", searchPath)).toBeUndefined();
  expect(findTool(path.join(second, "ffmpeg"), "")).toBe(path.join(second, "ffmpeg"));
  expect(findTool(path.join(first, "ffmpeg"), "")).toBeUndefined();
});
