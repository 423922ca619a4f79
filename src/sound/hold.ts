import { execFileSync } from "node:child_process";
import { closeSync, constants, existsSync, openSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { ChildOrder } from "./child.ts";

/** What ALSA reads where its environment names nothing else. */
const ALSA_CONFIGURATION = "/usr/share/alsa/alsa.conf";
/** Between the files of ALSA_CONFIG_PATH. */
const SEPARATORS = /[: ]/;

/**
 * Where an aplay can be held, one step before its card: ALSA reads the files of ALSA_CONFIG_PATH one after the other and then opens
 * the card, and the last of them is a FIFO, at which it waits until somebody opens the other end. Nothing is ever written to it.
 * What is changed in ALSA's own files meanwhile, the aplay that waits has not read.
 */
export class Hold {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** One for each name, in order; none at all where FIFOs can't be made. Those of an agent that is no more are replaced. */
  static make(directory: string, names: readonly string[]): readonly Hold[] {
    const paths = names.map((name) => path.join(directory, `${name}.hold`));
    if (SEPARATORS.test(directory) || paths.length === 0) return [];
    try {
      for (const one of paths) rmSync(one, { force: true });
      execFileSync("mkfifo", ["-m", "600", ...paths], { stdio: "ignore" });
      return paths.map((one) => new Hold(one));
    } catch {
      return [];
    }
  }

  /** The same order, held. Undefined where it would not be held, and open the card uncalled. */
  before(order: ChildOrder): ChildOrder | undefined {
    const files = order.environment["ALSA_CONFIG_PATH"] ?? ALSA_CONFIGURATION;
    const isWhole = files.split(SEPARATORS).every((file) => existsSync(file));
    if (!isWhole || !statSync(this.#path, { throwIfNoEntry: false })?.isFIFO()) return undefined;
    return { ...order, environment: { ...order.environment, ALSA_CONFIG_PATH: `${files}:${this.#path}` } };
  }

  /** Whoever waits goes on. False: nobody waits there. */
  open(): boolean {
    try {
      closeSync(openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK));
      return true;
    } catch {
      return false;
    }
  }
}
