// Part of `npm run check`: every package is named by one exact version, and none runs a script of its own at installation unless
// package.json says what is to become of it.
import { readFileSync } from "node:fs";

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));
const { dependencies, devDependencies, optionalDependencies, allowScripts } = read("package.json");
const EXACT = /^\d+\.\d+\.\d+(?:-[0-9a-z.]+)?$/;

const loose = Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
  .filter(([, version]) => !EXACT.test(version))
  .map(([name, version]) => `${name} is not pinned: ${version}`);
const unasked = Object.entries(read("package-lock.json").packages)
  .filter(([, { hasInstallScript }]) => hasInstallScript)
  .map(([place]) => place.replace(/^.*node_modules\//, ""))
  .filter((name) => !Object.hasOwn(allowScripts, name))
  .map((name) => `${name} wants to run a script at installation: decide in allowScripts`);

for (const fault of [...loose, ...unasked]) process.stderr.write(`pins: ${fault}\n`);
process.exitCode = loose.length + unasked.length > 0 ? 1 : 0;
