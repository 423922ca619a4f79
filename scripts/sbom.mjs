// What scripts/sbom runs: npm's own list of what the agent is made of, and the Debian packages that scripts/setup installs. Packages
// for development are in it, and said to be: without them npm leaves out what both need.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const list = execFileSync("npm", ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"], {
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
const bom = JSON.parse(list);
const setup = readFileSync(new URL("setup", import.meta.url), "utf8");
const names = /^packages=\(([^)]+)\)$/m.exec(setup)?.[1]?.split(" ") ?? [];
const debian = names.map((name) => {
  const version = versionOf(name);
  return {
    type: "application",
    name,
    ...(version && { version }),
    purl: `pkg:deb/debian/${name}${version ? `@${encodeURIComponent(version)}` : ""}`,
    "bom-ref": `deb:${name}`,
  };
});
process.stdout.write(`${JSON.stringify({ ...bom, components: [...bom.components, ...debian] }, undefined, 2)}\n`);

/** Of the machine that this runs on; undefined where it is not installed. */
function versionOf(name) {
  try {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills the place.
    return execFileSync("dpkg-query", ["-W", "-f", "${Version}", name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
  } catch {
    return undefined;
  }
}
