import type { Milliseconds } from "../domain/time.ts";
import { type Child, type ChildEnd, type ChildListener, type ChildOrder, lastWords, startChild } from "./child.ts";

/**
 * A constant: nothing is ever put into it, the tool and its arguments are its positional parameters. It reads its one line byte by byte, so
 * what follows it is the tool's. At the end of its input nobody wants the tool any more.
 */
const BECOME_AT_A_LINE = 'read -r _ && exec "$0" "$@"';
/** POSIX: found but not to be run, and not found. */
const NOT_RUN = [126, 127];
/** A new one is made when what was just started has got through its first moments. */
const RENEW_AFTER_MS: Milliseconds = 100;
const NOBODY: ChildListener = { ended() {} };

interface Waiting {
  readonly child: Child;
  /** Who hears of it from the start on. */
  listener: ChildListener;
}

/**
 * Keeps a process waiting that becomes a tool at once: to copy a process as large as ours takes 3 to 5 ms (x86_64), and longer
 * where all cores are busy; to become another one takes none of that.
 */
export class Standby {
  readonly #order: ChildOrder;
  #waiting: Waiting | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(order: ChildOrder) {
    this.#order = { ...order, path: "/bin/sh", parameters: ["-c", BECOME_AT_A_LINE, order.path, ...order.parameters] };
  }

  /** The tool runs from here on; where none waits it takes longer. */
  start(listener: ChildListener): Child {
    const waiting = this.#waiting ?? this.#make();
    this.#waiting = undefined;
    waiting.listener = listener;
    waiting.child.stdin?.write("\n");
    this.renew();
    return waiting.child;
  }

  renew(): void {
    clearTimeout(this.#renewal);
    if (this.#isClosed) return;
    this.#renewal = setTimeout(() => {
      this.#waiting ??= this.#make();
    }, RENEW_AFTER_MS);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#renewal);
    const waiting = this.#waiting;
    if (waiting === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      waiting.listener = { ended: () => resolve() };
      waiting.child.kill();
    });
  }

  #make(): Waiting {
    const waiting: Waiting = {
      listener: NOBODY,
      child: startChild(this.#order, {
        said: (line) => waiting.listener.said?.(line),
        ended: (end) => {
          if (this.#waiting === waiting) this.#waiting = undefined;
          waiting.listener.ended(ofTheTool(end));
        },
      }),
    };
    return waiting;
  }
}

function ofTheTool(end: ChildEnd): ChildEnd {
  if (end.kind === "not-started" || !NOT_RUN.includes(end.code ?? 0)) return end;
  return { kind: "not-started", reason: lastWords(end.complaint) ?? String(end.code) };
}
