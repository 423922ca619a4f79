import { join } from "node:path";
import type { Config } from "./schema.ts";

/** The two databases: one commits every order at once, the other holds the audio (PROTOCOL.md, "Disk"). */
export function databasePaths({ dataDirectory }: Config): { readonly orders: string; readonly audio: string } {
  return { orders: join(dataDirectory, "orders.db"), audio: join(dataDirectory, "audio.db") };
}
