import type Database from "better-sqlite3";
import { isCorruption, storageFailure } from "./failures.ts";

/**
 * An open database as the tables see it: everything that SQLite throws comes out as an AgentFailure (`disk-full`,
 * `database-broken`), and everything is synchronous.
 */
export class SqlDatabase {
  readonly path: string;
  readonly #database: Database.Database;
  readonly #onCorruption: () => void;
  #isDamaged = false;

  constructor(database: Database.Database, path: string, onCorruption: () => void) {
    this.#database = database;
    this.path = path;
    this.#onCorruption = onCorruption;
  }

  prepare<Parameters extends unknown[], Row = never>(sql: string): Statement<Parameters, Row> {
    return this.#guard(() => new Statement(this.#database.prepare<Parameters, Row>(sql), (act) => this.#guard(act)));
  }

  /**
   * All of `work` or nothing of it, on disk when this returns (orders database). A throw inside undoes it and passes on.
   * Inside another transaction it becomes a savepoint of that one.
   */
  transaction<Result>(work: () => Result): Result {
    return this.#guard(() => this.#database.transaction(work).immediate());
  }

  pragma(name: string): unknown {
    return this.#guard(() => this.#database.pragma(name, { simple: true }));
  }

  exec(sql: string): void {
    this.#guard(() => this.#database.exec(sql));
  }

  /** A commit gets through, of a page as it is, and no damage has been met: what failed before was passing. */
  isSound(): boolean {
    try {
      this.exec(`PRAGMA user_version = ${Number(this.pragma("user_version"))}`);
      return !this.#isDamaged;
    } catch {
      return false;
    }
  }

  /** Safe to call twice. The last connection to close folds the write-ahead log into the file. */
  close(): void {
    this.#database.close();
  }

  #guard<Result>(act: () => Result): Result {
    try {
      return act();
    } catch (error) {
      if (isCorruption(error)) {
        this.#isDamaged = true;
        this.#onCorruption();
      }
      throw storageFailure(error, this.path);
    }
  }
}

/** `Row` is what a query gives back; a plain change gives back nothing. */
export class Statement<Parameters extends unknown[], Row = never> {
  readonly #statement: Database.Statement<Parameters, Row>;
  readonly #guard: <Result>(act: () => Result) => Result;

  constructor(statement: Database.Statement<Parameters, Row>, guard: <Result>(act: () => Result) => Result) {
    this.#statement = statement;
    this.#guard = guard;
  }

  /** Runs a change; returns how many rows it touched. */
  run(...parameters: Parameters): number {
    return this.#guard(() => this.#statement.run(...parameters).changes);
  }

  get(...parameters: Parameters): Row | undefined {
    return this.#guard(() => this.#statement.get(...parameters));
  }

  /** For statements that always have a row, like an aggregate or an INSERT that returns what it wrote. */
  one(...parameters: Parameters): Row {
    const row = this.get(...parameters);
    if (row === undefined) throw new Error(`no row from: ${this.#statement.source}`);
    return row;
  }

  all(...parameters: Parameters): Row[] {
    return this.#guard(() => this.#statement.all(...parameters));
  }

  /** Rows in their order up to the first that is not wanted: what lies behind it is not read. */
  takeWhile(isWanted: (row: Row) => boolean, ...parameters: Parameters): Row[] {
    return this.#guard(() => {
      const rows: Row[] = [];
      for (const row of this.#statement.iterate(...parameters)) {
        if (!isWanted(row)) break;
        rows.push(row);
      }
      return rows;
    });
  }
}
