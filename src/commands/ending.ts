/** What ends a command that runs on: a signal, or a fault it can't live with. */
export class Ending {
  readonly awaited: Promise<void>;
  readonly #settle: { readonly resolve: () => void; readonly reject: (error: unknown) => void };

  constructor() {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.awaited = promise;
    this.#settle = { resolve, reject };
    process.on("SIGTERM", resolve).on("SIGINT", resolve);
  }

  fail(error: unknown): void {
    this.#settle.reject(error);
  }

  forget(): void {
    process.off("SIGTERM", this.#settle.resolve).off("SIGINT", this.#settle.resolve);
  }
}
