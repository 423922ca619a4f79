/**
 * No secret comes with loa: each box and each office makes its own. This looks for one in a repository's tracked files, or in any
 * folder, such as an image that is mounted: `node scripts/no-secrets.ts [FOLDER]`. It never prints what it found, only where.
 */
import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

interface Kind {
  readonly what: string;
  readonly pattern: RegExp;
}

const KINDS: readonly Kind[] = [
  { what: "a private key", pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:\\n|\s)+[A-Za-z0-9+/=]{20}/ },
  { what: "a locked key of a desk", pattern: /"format": ?"loa-key-1"[\s\S]{0,2000}"secret": ?"[A-Za-z0-9_-]{40}/ },
  { what: "a voucher", pattern: /loa1:[0-9a-z]{12}:[^:\s]+:[^:\s]+:[0-9]+:[A-Za-z0-9_-]{43}:[A-Za-z0-9_-]{22}/ },
  {
    what: "a password or passphrase",
    pattern: /(?:pass(?:word|wd|phrase)|secret|api_?key|auth_?token)["']?\s*[:=]\s*["'][^"'\s${}]{8,}["']/i,
  },
  // Tests of addresses have to write some password; `secret` is the word for none.
  { what: "a password in an address", pattern: /[a-z]+:\/\/[^/\s:@"'`${}]+:(?!secret@)[^/\s:@"'`${}]{4,}@[a-z0-9]/i },
  { what: "a password's hash", pattern: /\$(?:1|2[aby]|5|6|7|y|argon2id?)\$[./A-Za-z0-9$=,]{20}/ },
  { what: "a token", pattern: /\b(?:gh[opsu]_|github_pat_|glpat-|xox[abps]-|npm_|sk-|AKIA|AIza)[A-Za-z0-9_-]{16}/ },
  { what: "a token", pattern: /\beyJ[\w-]{16,}\.eyJ[\w-]{16,}\.[\w-]{16}/ },
  { what: "a registry's token", pattern: /_auth(?:Token)? ?= ?\S{8}/ },
];

const LARGEST_BYTES = 4 * 1024 * 1024;
const NOT_OURS = new Set(["node_modules", ".git", ".build", "dist"]);

function trackedIn(folder: string): readonly string[] {
  const listed = execFileSync("git", ["ls-files", "-z"], {
    cwd: folder,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return listed.split("\0").filter((file) => file !== "" && existsSync(path.join(folder, file)));
}

function allIn(folder: string, within = ""): readonly string[] {
  return readdirSync(path.join(folder, within), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(within, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : allIn(folder, file);
    return entry.isFile() ? [file] : [];
  });
}

function lookAt(folder: string, file: string): readonly string[] {
  const { size } = lstatSync(path.join(folder, file));
  if (size > LARGEST_BYTES) return [];
  // Bytes as characters: a key in a file of another kind is found too.
  const text = readFileSync(path.join(folder, file), "latin1");
  return KINDS.flatMap(({ what, pattern }) => {
    const at = pattern.exec(text)?.index;
    return at === undefined ? [] : [`${file}:${text.slice(0, at).split("\n").length}: ${what}`];
  });
}

const folder = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, ".."));
const files = existsSync(path.join(folder, ".git")) ? trackedIn(folder) : allIn(folder);
const found = files.flatMap((file) => lookAt(folder, file));
if (found.length > 0) {
  process.stderr.write(`secrets do not belong here:\n  ${found.join("\n  ")}\n`);
  process.exitCode = 1;
}
