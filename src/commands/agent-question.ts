import { existsSync } from "node:fs";
import { databasePaths } from "../config/paths.ts";
import type { Config } from "../config/schema.ts";
import { AgentFailure, isAgentFailure } from "../domain/failure.ts";
import type { StatusReport } from "../domain/status.ts";
import type { OrdersStore } from "../store/orders.ts";
import { say } from "../texts/say.ts";

const ANSWER_WITHIN_MS = 2000;

export interface Question<Answer> {
  readonly ask: "status" | "queue" | "why";
  readonly about?: string;
  /** A member that every answer to this question has. */
  readonly known: keyof Answer & string;
}

export const STATUS: Question<StatusReport> = { ask: "status", known: "agentVersion" };

/** What the agent says of itself. Throws `agent-unreachable` also when something else answers. */
export async function askTheAgent<Answer extends object>(config: Config, question: Question<Answer>): Promise<Answer> {
  const { askAgent } = await import("../adapters/status-socket.ts");
  const { socketPath } = config;
  const answer = await askAgent(socketPath, question.ask, ANSWER_WITHIN_MS, question.about);
  if (typeof answer === "object" && answer !== null && question.known in answer) return answer as Answer;
  throw new AgentFailure("agent-unreachable", say("failure.statusForeign.message", { socketPath }), {
    hint: say("failure.statusForeign.hint"),
  });
}

export type Told<Answer, Stored> =
  | { readonly source: "agent"; readonly answer: Answer }
  /** The agent is down: what its database knows. */
  | { readonly source: "database"; readonly answer: Stored; readonly why: AgentFailure };

/** Asks the agent, and its database where no agent answers. Throws why there is no agent when there is no database either. */
export async function askOrRead<Answer extends object, Stored = Answer>(
  config: Config,
  question: Question<Answer>,
  read: (orders: OrdersStore) => Promise<Stored | undefined>,
): Promise<Told<Answer, Stored>> {
  try {
    return { source: "agent", answer: await askTheAgent(config, question) };
  } catch (error) {
    if (!isAgentFailure(error) || error.code !== "agent-unreachable") throw error;
    const stored = await fromDatabase(databasePaths(config).orders, read);
    if (stored === undefined) throw error; // nothing to show instead
    return { source: "database", answer: stored, why: error };
  }
}

/** As the agent's database has it. Undefined also where there is none, or none that can be read: others tell of that. */
export function lastTimeZone(config: Config): Promise<string | undefined> {
  const read = async (orders: OrdersStore) => {
    const { storedTimeZone } = await import("../pipeline/trust-state.ts");
    return storedTimeZone(orders);
  };
  return fromDatabase(databasePaths(config).orders, read).catch(() => undefined);
}

/** Undefined when no agent has run here yet. A database that is there and can't be read is a finding of its own. */
async function fromDatabase<Stored>(
  path: string,
  read: (orders: OrdersStore) => Promise<Stored | undefined>,
): Promise<Stored | undefined> {
  if (!existsSync(path)) return undefined;
  const [{ openOrdersReadOnly }, chain] = await Promise.all([
    import("../store/orders.ts"),
    import("../core/evidence.ts"),
  ]);
  const orders = openOrdersReadOnly(path, chain);
  try {
    return await read(orders);
  } finally {
    orders.close();
  }
}
