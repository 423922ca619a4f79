import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const PROJECT = path.resolve(import.meta.dirname, "../..");

interface Component {
  readonly type: string;
  readonly name: string;
  readonly version?: string;
  readonly purl: string;
  readonly "bom-ref": string;
}

test("the list is CycloneDX, and names every dependency as pinned and every Debian package of the setup", () => {
  const text = execFileSync(path.join(PROJECT, "scripts/sbom"), { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 });
  const list: { bomFormat: string; specVersion: string; components: readonly Component[] } = JSON.parse(text);
  expect(list).toMatchObject({ bomFormat: "CycloneDX", specVersion: expect.stringMatching(/^1\.[5-9]$/) });
  const references = list.components.map((component) => component["bom-ref"]);
  expect(new Set(references).size).toBe(references.length);
  for (const { name, purl } of list.components) expect(purl, name).toMatch(/^pkg:(npm|deb\/debian)\//);

  const { dependencies } = JSON.parse(readFileSync(path.join(PROJECT, "package.json"), "utf8"));
  const urls = list.components.map(({ purl }) => purl);
  for (const [name, version] of Object.entries(dependencies)) expect(urls).toContain(`pkg:npm/${name}@${version}`);
  const names = list.components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["mosquitto", "ffmpeg", "alsa-utils", "openssl"]));
});
