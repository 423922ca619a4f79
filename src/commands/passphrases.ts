import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import type { Command } from "commander";
import { deskFailure } from "../desk/failure.ts";
import type { KeyOwner, Passphrases } from "../desk/keyring.ts";
import { longEnough, readPassphrase } from "../desk/passphrase-file.ts";
import { say } from "../texts/say.ts";

/** Names a file with a passphrase; for services and scripts. A passphrase itself never stands in the environment. */
const FILE_VARIABLE = "LOA_PASSPHRASE_FILE";
const ATTEMPTS = 3;

/** `--passphrase-file`, else the file that the environment names, else whoever sits at the terminal. */
export function passphrasesFor(command: Command): Passphrases {
  const { passphraseFile, newPassphraseFile } = command.optsWithGlobals<Options>();
  const inherited = process.env[FILE_VARIABLE];
  const files = passphraseFile ?? (inherited === undefined ? [] : [inherited]);
  const forNew = newPassphraseFile ?? files;
  const [asked, read] = [fromTerminal(), fromFiles(files, forNew)];
  return {
    forOpening: files.length > 0 ? read.forOpening : asked.forOpening,
    forNewKey: forNew.length > 0 ? read.forNewKey : asked.forNewKey,
  };
}

interface Options {
  readonly passphraseFile?: readonly string[];
  readonly newPassphraseFile?: readonly string[];
}

/** New keys take their files in order, and the last for all that follow. */
function fromFiles(files: readonly string[], forNew: readonly string[]): Passphrases {
  const fresh = forNew.values();
  let last = "";
  return {
    async *forOpening() {
      for (const file of files) yield readPassphrase(file);
    },
    forNewKey: async () => {
      const next = fresh.next();
      if (next.done !== true) last = longEnough(readPassphrase(next.value));
      return last;
    },
  };
}

function fromTerminal(): Passphrases {
  const typed = new Set<string>();
  return {
    async *forOpening(owner) {
      yield* typed;
      for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
        if (attempt > 1) process.stderr.write(`${say("desk.passphrase.again")}\n`);
        const passphrase = await ask("desk.passphrase.ask", owner);
        typed.add(passphrase);
        yield passphrase;
      }
    },
    forNewKey: async (owner) => {
      const passphrase = longEnough(await ask("desk.passphrase.choose", owner));
      if ((await ask("desk.passphrase.repeat", owner)) !== passphrase) throw deskFailure("desk.passphrase.differs");
      typed.add(passphrase);
      return passphrase;
    },
  };
}

/** Asks on standard error, because standard output is for the result, and shows nothing of what is typed. */
async function ask(
  question: "desk.passphrase.ask" | "desk.passphrase.choose" | "desk.passphrase.repeat",
  { holder, issuer }: KeyOwner,
): Promise<string> {
  if (!process.stdin.isTTY) throw deskFailure("desk.passphrase.none", { holder, issuer, variable: FILE_VARIABLE });
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 });
  try {
    process.stderr.write(say(question, { holder, issuer }));
    return await new Promise((resolve) => {
      lines.once("line", resolve);
      lines.once("close", () => resolve(""));
      // As everywhere else: readline keeps Ctrl-C to itself otherwise.
      lines.once("SIGINT", () => {
        lines.close();
        process.kill(process.pid, "SIGINT");
      });
    });
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
