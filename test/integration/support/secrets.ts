import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { PASSPHRASE } from "../../fakes/passphrases.ts";

const KEY_FILES = ["gateway-key.pem", "tls-key.pem"];
/** Any private key, whoever's it is. */
const PRIVATE_KEY = "PRIVATE KEY-----";

/** What a program started with these arguments may never say: passphrases, and the bodies of the private keys that it is given. */
export function secretsOf(args: readonly string[]): readonly string[] {
  const folder = args[args.indexOf("--enrolment") + 1];
  const files = folder === undefined ? [] : KEY_FILES.map((name) => path.join(folder, name)).filter(existsSync);
  return [PRIVATE_KEY, PASSPHRASE, ...files.flatMap(bodyOf)];
}

/** The longest line of a PEM file: of the key itself, not of its frame. */
function bodyOf(file: string): readonly string[] {
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line.length > 20 && !line.startsWith("-----"));
}
