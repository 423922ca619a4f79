import { join } from "node:path";
import { expect, test } from "vitest";
import { node, project, run } from "./support/cli.ts";

test("another Node than 24 or newer is refused in words, before anything native is loaded", async () => {
  const pretend =
    'data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.20.2"}})';
  const ended = await run(node, ["--import", pretend, join(project, "src/cli.ts"), "status"]);
  expect(ended).toMatchObject({ code: 1, stdout: "" });
  expect(ended.stderr).toMatch(/this is Node 20\.20\.2; loa needs Node 24 or newer\.\nnext: .*scripts\/loa/);
});
