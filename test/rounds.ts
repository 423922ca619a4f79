const TELL_EVERY_MS = 10_000;

/**
 * How often a test does what it does: as often as a test run can wait for, or as `scripts/bench --long` asks. The same code runs in
 * both, so that what the long run finds is found again by the test with the seed that it names.
 */
export class Rounds {
  readonly count: number;
  readonly #what: string;
  readonly #isLong: boolean;
  readonly #startedAtMs = performance.now();
  #toldAtMs = this.#startedAtMs;

  constructor(what: string, usual: number) {
    const asked = process.env["LOA_LONG_ROUNDS"];
    this.#what = what;
    this.#isLong = asked !== undefined;
    this.count = asked === undefined ? usual : Number(asked);
  }

  /** To be called after each round. A long run says now and then how far it is. */
  done(rounds: number): void {
    const nowMs = performance.now();
    if (!this.#isLong || (nowMs - this.#toldAtMs < TELL_EVERY_MS && rounds < this.count)) return;
    this.#toldAtMs = nowMs;
    const perSecond = rounds / ((nowMs - this.#startedAtMs) / 1_000);
    const [done, all] = [rounds, this.count].map((number) => number.toLocaleString("en"));
    process.stderr.write(`${done} of ${all} ${this.#what}, ${perSecond.toFixed(perSecond < 10 ? 2 : 0)} a second\n`);
  }
}
