import { say, word } from "./say.ts";

/** A title as people must see it: nobody may take for earnest what is none. */
export function titled({ title, status }: { readonly title: string; readonly status: string }): string {
  return status === "actual" ? title : say("titled", { status: word("status", status), title });
}
