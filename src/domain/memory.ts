/**
 * Answers of a pure function that is asked the same again and again: invisible but for the time they save. The one used longest ago
 * goes first when there is no more room, so whoever fills it with his own makes others slower and nothing worse.
 */
export class Memory<Answer> {
  readonly #answers = new Map<string, Answer>();
  readonly #atMost: number;

  constructor(atMost: number) {
    this.#atMost = atMost;
  }

  get(name: string): Answer | undefined {
    const answer = this.#answers.get(name);
    if (answer === undefined) return undefined;
    this.#answers.delete(name);
    this.#answers.set(name, answer);
    return answer;
  }

  set(name: string, answer: Answer): void {
    this.#answers.set(name, answer);
    if (this.#answers.size <= this.#atMost) return;
    for (const oldest of this.#answers.keys()) {
      this.#answers.delete(oldest);
      return;
    }
  }
}
