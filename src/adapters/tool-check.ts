import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

/** Where a program would be started from, or undefined. Looks along PATH and starts nothing. */
export function findTool(name: string, searchPath: string = process.env["PATH"] ?? ""): string | undefined {
  const candidates = path.isAbsolute(name)
    ? [name]
    : searchPath.split(path.delimiter).map((folder) => path.join(folder, name));
  return candidates.find(isExecutableFile);
}

function isExecutableFile(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
