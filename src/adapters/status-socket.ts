import { unlinkSync } from "node:fs";
import net from "node:net";
import { AgentFailure } from "../domain/failure.ts";
import type { Log, Part } from "../domain/ports.ts";
import type { Milliseconds } from "../domain/time.ts";
import { say } from "../texts/say.ts";

/** Longer lines are nobody's question. */
const LONGEST_QUESTION = 1_024;
/** `loa status --watch` asks every second; who says nothing for this long has gone. */
const IDLE_MS = 30_000;
const MOST_CLIENTS = 16;
/** Owner and group: the technician's account joins the group. */
const OTHERS_NOTHING = 0o117;

/** What can be asked, by name. Only questions, never orders: through this socket nothing can be done to the agent. */
export type Answers = Readonly<Record<string, (about: string) => unknown>>;

/** Answers each line such as `{"ask":"status"}` or `{"ask":"why","about":"z1"}` with one line of JSON. */
export class StatusSocket implements Part {
  readonly name = "status socket";
  readonly #path: string;
  readonly #answers: Answers;
  readonly #log: Log;
  readonly #clients = new Set<net.Socket>();
  #server: net.Server | undefined;

  constructor(path: string, answers: Answers, log: Log) {
    this.#path = path;
    this.#answers = answers;
    this.#log = log;
  }

  /** Throws `usage` when another agent answers there, `config-invalid` when the path can't be used. */
  async start(): Promise<void> {
    const server = net.createServer((client) => this.#serve(client));
    server.maxConnections = MOST_CLIENTS;
    this.#server = server;
    try {
      await listen(server, this.#path);
    } catch (error) {
      if (!isInUse(error)) throw unusable(this.#path, error);
      if (await somebodyAnswers(this.#path)) throw taken(this.#path);
      // The file of an agent that was killed.
      unlinkSync(this.#path);
      await listen(server, this.#path).catch((again: unknown) => {
        throw unusable(this.#path, again);
      });
    }
  }

  /** Node removes the file with the server. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || !server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const client of this.#clients) client.destroy();
    await closed;
  }

  #serve(client: net.Socket): void {
    this.#clients.add(client);
    client.setEncoding("utf8");
    client.setTimeout(IDLE_MS, () => client.destroy());
    client.on("close", () => this.#clients.delete(client));
    client.on("error", () => client.destroy());
    let heard = "";
    client.on("data", (text: string) => {
      const lines = (heard + text).split("\n");
      heard = lines.pop() ?? "";
      for (const line of lines) client.write(`${this.#reply(line)}\n`);
      if (heard.length > LONGEST_QUESTION) client.destroy();
    });
  }

  #reply(line: string): string {
    const question = questionIn(line);
    const answer =
      question !== undefined && Object.hasOwn(this.#answers, question.ask) ? this.#answers[question.ask] : undefined;
    if (question === undefined || answer === undefined) return JSON.stringify({ error: "unknown question" });
    try {
      return JSON.stringify(answer(question.about));
    } catch (error) {
      this.#log.write("error", "status.failed", { error, question: question.ask }, "a question can't be answered");
      return JSON.stringify({ error: "internal" });
    }
  }
}

/** Asks the agent behind the socket. Throws `agent-unreachable` when nobody answers in time. The shape is the caller's to check. */
export function askAgent(path: string, question: string, withinMs: Milliseconds, about?: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const client = net.connect(path, () => client.write(`${JSON.stringify({ ask: question, about })}\n`));
    const fail = (reason: string, cause?: unknown): void => {
      client.destroy();
      reject(
        new AgentFailure("agent-unreachable", say("failure.agentUnreachable.message", { path, reason }), {
          hint: say("failure.agentUnreachable.hint"),
          cause,
        }),
      );
    };
    const deadline = setTimeout(() => fail(say("failure.agentUnreachable.late", { withinMs })), withinMs);
    let heard = "";
    client.setEncoding("utf8");
    client.on("data", (text: string) => {
      heard += text;
      const end = heard.indexOf("\n");
      if (end < 0) return;
      client.destroy();
      try {
        resolve(JSON.parse(heard.slice(0, end)));
      } catch (error) {
        fail(say("failure.agentUnreachable.garbled"), error);
      }
    });
    client.on("error", (error) => fail(error.message, error));
    // Also after an answer: the promise is settled by then and this changes nothing.
    client.on("close", () => {
      clearTimeout(deadline);
      fail(say("failure.agentUnreachable.hungUp"));
    });
  });
}

interface Question {
  readonly ask: string;
  readonly about: string;
}

function questionIn(line: string): Question | undefined {
  try {
    const request: unknown = JSON.parse(line);
    if (typeof request !== "object" || request === null || !("ask" in request)) return undefined;
    const about = "about" in request && typeof request.about === "string" ? request.about : "";
    return typeof request.ask === "string" ? { ask: request.ask, about } : undefined;
  } catch {
    return undefined;
  }
}

function listen(server: net.Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    // The mask holds while the file is made, so that it is never open to others, not even for a moment.
    const before = process.umask(OTHERS_NOTHING);
    try {
      server.listen(path, () => {
        server.removeListener("error", reject);
        resolve();
      });
    } finally {
      process.umask(before);
    }
  });
}

function somebodyAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const client = net.connect(path);
    client.on("connect", () => {
      client.destroy();
      resolve(true);
    });
    client.on("error", () => resolve(false));
  });
}

function isInUse(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}

function taken(path: string): AgentFailure {
  return new AgentFailure("usage", say("failure.statusSocketTaken.message", { path }), {
    hint: say("failure.statusSocketTaken.hint"),
  });
}

function unusable(path: string, cause: unknown): AgentFailure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AgentFailure("config-invalid", say("failure.statusSocket.message", { path, reason }), {
    hint: say("failure.statusSocket.hint"),
    cause,
  });
}
