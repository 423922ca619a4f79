import { AgentFailure } from "../domain/failure.ts";
import { say } from "../texts/say.ts";
import { isForeignSchema } from "./failures.ts";
import type { SqlDatabase } from "./sqlite.ts";

/** `sql` brings a database from version `version - 1` to `version`. A released migration is never edited: add the next. */
export interface Migration {
  readonly version: number;
  readonly sql: string;
}

export function latestVersion(migrations: readonly Migration[]): number {
  return migrations.at(-1)?.version ?? 0;
}

/**
 * Forward only, all pending steps and the version number in one transaction: whatever happens, the agent that was here before
 * still finds its own database. A step that doesn't fit is our bug and no reason to put orders aside: `internal`.
 */
export function migrate(database: SqlDatabase, migrations: readonly Migration[]): void {
  const current = Number(database.pragma("user_version"));
  const latest = latestVersion(migrations);
  if (current === latest) return;
  try {
    database.transaction(() => {
      for (const { version, sql } of migrations) if (version > current) database.exec(sql);
      database.exec(`PRAGMA user_version = ${latest}`);
    });
  } catch (error) {
    if (current === 0 || !isForeignSchema(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AgentFailure("internal", say("failure.migration.message", { version: latest, reason }), {
      hint: say("failure.migration.hint"),
      cause: error,
    });
  }
}
