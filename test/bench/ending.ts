/** Whatever was begun here ends here, newest first, also when the bench is interrupted. */
export class Ending {
  readonly #acts: (() => unknown)[] = [];

  add(act: () => unknown): void {
    this.#acts.push(act);
  }

  async run(): Promise<void> {
    for (let act = this.#acts.pop(); act !== undefined; act = this.#acts.pop()) {
      try {
        await act();
      } catch (error) {
        process.stderr.write(`bench: could not clean up: ${error}\n`);
      }
    }
  }
}
