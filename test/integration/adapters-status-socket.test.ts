import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { askAgent, StatusSocket } from "../../src/adapters/status-socket.ts";
import { FakeLog } from "../fakes/log.ts";

function socketPath(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "loa-socket-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return path.join(folder, "loa.sock");
}

async function agentAt(file: string, log = new FakeLog()): Promise<StatusSocket> {
  let asked = 0;
  const answers = {
    status: () => {
      asked += 1;
      return { asked };
    },
    broken: () => {
      throw new Error("ours");
    },
  };
  const socket = new StatusSocket(file, answers, log);
  await socket.start();
  onTestFinished(() => socket.stop());
  return socket;
}

describe("the status socket", () => {
  test("answers each line, to owner and group only, and is gone after stop", async () => {
    const file = socketPath();
    const agent = await agentAt(file);
    expect(statSync(file).mode & 0o777).toBe(0o660);
    await expect(askAgent(file, "status", 2_000)).resolves.toEqual({ asked: 1 });

    const watcher = net.connect(file).setEncoding("utf8");
    watcher.write('{"ask":"status"}\n{"ask":"sta');
    expect((await once(watcher, "data"))[0]).toBe('{"asked":2}\n');
    watcher.write('tus"}\n');
    expect((await once(watcher, "data"))[0]).toBe('{"asked":3}\n');

    const hungUp = once(watcher, "close");
    await agent.stop();
    await agent.stop();
    await hungUp;
    expect(existsSync(file)).toBe(false);
  });

  test.each([
    ["no JSON", "hello"],
    ["no object", "7"],
    ["no question", "{}"],
    ["a question it does not know", '{"ask":"reboot"}'],
    ["a name every object has", '{"ask":"constructor"}'],
  ])("answers %s with an error", async (_what, line) => {
    const file = socketPath();
    await agentAt(file);
    const client = net.connect(file).setEncoding("utf8");
    client.write(`${line}\n`);
    expect((await once(client, "data"))[0]).toBe('{"error":"unknown question"}\n');
    client.destroy();
  });

  test("survives an answer that fails, and a line without an end", async () => {
    const file = socketPath();
    const log = new FakeLog();
    await agentAt(file, log);
    await expect(askAgent(file, "broken", 2_000)).resolves.toEqual({ error: "internal" });
    expect(log.events()).toEqual(["status.failed"]);
    const endless = net.connect(file);
    endless.on("error", () => {});
    endless.write("x".repeat(5_000));
    await once(endless, "close");
    await expect(askAgent(file, "status", 2_000)).resolves.toEqual({ asked: 1 });
  });

  test("takes the place of an agent that was killed, and never of one that lives", async () => {
    const file = socketPath();
    const agent = `require("node:net").createServer().listen(process.argv[1], () => console.log("listening"))`;
    const child = spawn(process.execPath, ["-e", agent, file], { stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    const second = new StatusSocket(file, {}, new FakeLog());
    await expect(second.start()).rejects.toMatchObject({ code: "usage" });
    await second.stop();
    expect(existsSync(file)).toBe(true);

    child.kill("SIGKILL");
    await once(child, "exit");
    expect(existsSync(file)).toBe(true);
    await agentAt(file);
    await expect(askAgent(file, "status", 2_000)).resolves.toEqual({ asked: 1 });
  });

  test("says so when its folder is missing", async () => {
    const socket = new StatusSocket("/nonexistent/loa.sock", {}, new FakeLog());
    await expect(socket.start()).rejects.toMatchObject({ code: "config-invalid" });
    await socket.stop();
  });
});

describe("asking an agent", () => {
  test("that is not there, that hangs, that hangs up, that talks nonsense: unreachable", async () => {
    const unreachable = { code: "agent-unreachable" };
    await expect(askAgent(socketPath(), "status", 2_000)).rejects.toMatchObject(unreachable);
    const answers: ((client: net.Socket) => void)[] = [
      () => {},
      (client) => client.destroy(),
      (client) => client.end("no JSON\n"),
    ];
    for (const answer of answers) {
      const file = socketPath();
      const server = net.createServer(answer).listen(file);
      await once(server, "listening");
      await expect(askAgent(file, "status", 300)).rejects.toMatchObject(unreachable);
      server.close();
    }
  });
});
