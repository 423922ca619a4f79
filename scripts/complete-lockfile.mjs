// Adds the optional packages of foreign platforms to package-lock.json when the registry that wrote it was a mirror
// without them (Linux-only mirrors are common). `npm ci` refuses a lock that does not name them, though it never installs them.
// Run it after `npm install`, with nothing but Node: `node scripts/complete-lockfile.mjs`.
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

function platformOf(name) {
  if (name === "fsevents") return { os: ["darwin"] };
  const words = name.split("/").at(-1).split("-");
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  const libc = words.some((word) => word.startsWith("musl")) ? { libc: ["musl"] } : {};
  if (os.length === 0 && cpu.length === 0) return undefined;
  return { ...(os.length > 0 ? { os } : {}), ...(cpu.length > 0 ? { cpu } : {}), ...libc };
}

for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${path}/node_modules/${name}`;
    const hoisted = `node_modules/${name}`;
    if (path === "" || lock.packages[nested] || lock.packages[hoisted]) continue;
    const platform = platformOf(name);
    if (platform === undefined) {
      console.error(`${name}: its name does not tell its platform; add it to the lock by hand`);
      process.exitCode = 1;
      continue;
    }
    const version = range.replace(/^[~^]/, "");
    lock.packages[hoisted] = { version, ...(entry.dev ? { dev: true } : {}), optional: true, ...platform };
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
