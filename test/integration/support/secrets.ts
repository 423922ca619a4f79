import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { PASSPHRASE } from "../../fakes/passphrases.ts";

const KEY_FILES = ["gateway-key.pem", "tls-key.pem"];
/** Any private key, whoever's it is. */
const PRIVATE_KEY = "PRIVATE KEY-----";
const VOUCHER = /loa1:[0-9a-z]{12}:[^:\s]+:[^:\s]+:[0-9]+:[A-Za-z0-9_-]{43}:([A-Za-z0-9_-]{22})/g;

/** Of the vouchers made so far: each is shown by the command that makes it, and by nothing else. */
const voucherSecrets = new Set<string>();

/** What a program started with these arguments may never say: passphrases, and the bodies of the private keys that it is given. */
export function secretsOf(args: readonly string[]): readonly string[] {
  const folder = args[args.indexOf("--enrolment") + 1];
  const files = folder === undefined ? [] : KEY_FILES.map((name) => path.join(folder, name)).filter(existsSync);
  return [PRIVATE_KEY, PASSPHRASE, ...files.flatMap(bodyOf)];
}

/**
 * Throws, and fails whatever test is running, when a command has said what nobody may read, or written it into its desk's audit
 * file: so the words of every command of every test are searched.
 */
export function searchForSecrets(args: readonly string[], words: string): void {
  const desk = args.includes("--desk") ? args[args.indexOf("--desk") + 1] : undefined;
  const made = args.includes("voucher") ? [...words.matchAll(VOUCHER)].map(([, secret = ""]) => secret) : [];
  const kept = [...secretsOf(args), ...(desk === undefined ? [] : secretsOfDesk(desk)), ...voucherSecrets];
  for (const secret of made) voucherSecrets.add(secret);
  const audit = desk === undefined ? "" : textOf(path.join(desk, "audit.jsonl"));
  if (kept.some((secret) => words.includes(secret))) throw new Error(`a secret in the words of loa ${args.join(" ")}`);
  if ([...kept, ...made].some((secret) => audit.includes(secret))) throw new Error("a secret in the audit file");
}

/** The keys that lie in a desk's folder, open or locked, and what opens those of the service. */
function secretsOfDesk(folder: string): readonly string[] {
  const files = (pattern: string) => globSync(pattern, { cwd: folder }).map((file) => path.join(folder, file));
  const service = textOf(path.join(folder, "serve.passphrase")).trim();
  return [
    ...files("**/*key.pem").flatMap(bodyOf),
    ...files("**/*.key").flatMap((file) => /"secret": "([^"]+)"/.exec(textOf(file))?.[1] ?? []),
    ...(service === "" ? [] : [service]),
  ];
}

function textOf(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** The longest line of a PEM file: of the key itself, not of its frame. */
function bodyOf(file: string): readonly string[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line.length > 20 && !line.startsWith("-----"));
}
