import { styleText } from "node:util";
import { AgentFailure, isAgentFailure } from "../domain/failure.ts";
import { say } from "../texts/say.ts";

/**
 * Tells what happened, why, and what to do next: to a person on standard error, to a program as
 * `{"error": {code, message, hint}}` on standard output, where it looks for its document.
 */
export function reportFailure(error: unknown, json: boolean): void {
  const failure = isAgentFailure(error) ? error : internalFailure(error);
  if (json) {
    const { code, message, hint } = failure;
    process.stdout.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
    return;
  }
  process.stderr.write(`${failureText(failure)}\n`);
}

function failureText(failure: AgentFailure): string {
  const { message, hint, cause } = failure;
  const lines = [styleText("red", say("cli.failure", { message }), { stream: process.stderr })];
  if (failure.code === "internal" && cause instanceof Error) lines.push(cause.stack ?? cause.message);
  else if (cause instanceof Error && !message.includes(cause.message)) {
    lines.push(say("cli.failure.cause", { cause: cause.message }));
  }
  return [...lines, say("cli.failure.hint", { hint })].join("\n");
}

function internalFailure(cause: unknown): AgentFailure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new AgentFailure("internal", say("failure.internal.message", { reason }), {
    hint: say("failure.internal.hint"),
    cause,
  });
}
