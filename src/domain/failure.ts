/** What went wrong, for programs. One code, one advice; `loa` exits with the number behind it (`EXIT_CODES` in cli). */
export type FailureCode =
  | "config-invalid"
  | "profile-invalid"
  | "enrolment-invalid"
  | "database-newer"
  | "database-broken"
  | "disk-full"
  | "tool-missing"
  | "output-missing"
  | "output-busy"
  | "output-stalled"
  | "decode-failed"
  | "link-failed"
  | "clock-unsynchronised"
  | "agent-unreachable"
  | "desk-invalid"
  | "cosignature-missing"
  | "usage"
  | "internal";

/** Something in the world failed. `code` is for programs, `hint` for the technician on site, `cause` for us. */
export class AgentFailure extends Error {
  readonly code: FailureCode;
  readonly hint: string;

  constructor(code: FailureCode, message: string, options: { readonly hint: string; readonly cause?: unknown }) {
    super(message, { cause: options.cause });
    this.name = "AgentFailure";
    this.code = code;
    this.hint = options.hint;
  }
}

export function isAgentFailure(error: unknown): error is AgentFailure {
  return error instanceof AgentFailure;
}

export function isDiskFull(error: unknown): boolean {
  return isAgentFailure(error) && error.code === "disk-full";
}
