import { join } from "node:path";
import Database from "better-sqlite3";
import { AgentFailure } from "../domain/failure.ts";
import { say } from "../texts/say.ts";
import { storageFailure } from "./failures.ts";

/**
 * One agent's hold on its data folder: two would both play, and write two stories into one chain. It is a lock of the kernel,
 * taken through SQLite because Node has none, and so it goes with the process, however that ends.
 */
export class FolderClaim {
  readonly #lock: Database.Database;

  private constructor(lock: Database.Database) {
    this.#lock = lock;
  }

  /** To be taken before a database is opened, which may write already. Throws `usage` when another agent has it, `disk-full` or `database-broken` when it can't be made there. */
  static take(folder: string): FolderClaim {
    const path = join(folder, "agent.lock");
    try {
      const lock = new Database(path, { timeout: 0 });
      lock.pragma("journal_mode = MEMORY"); // Nothing is ever written: it must be had on a full disk too.
      lock.exec("BEGIN EXCLUSIVE");
      return new FolderClaim(lock);
    } catch (error) {
      throw isTaken(error) ? taken(folder) : storageFailure(error, path);
    }
  }

  /** Safe to call twice. */
  release(): void {
    this.#lock.close();
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Database.SqliteError && error.code.startsWith("SQLITE_BUSY");
}

function taken(folder: string): AgentFailure {
  return new AgentFailure("usage", say("failure.folderTaken.message", { folder }), {
    hint: say("failure.folderTaken.hint"),
  });
}
