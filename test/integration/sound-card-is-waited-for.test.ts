import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { contentFrames } from "../rig/listen.ts";
import { makeTestAudio } from "../rig/test-audio.ts";
import { childrenLeft, Stage } from "./sound-stage.ts";

let stage: Stage;

afterEach(async () => {
  await stage.close();
  expect(childrenLeft()).toEqual([]);
});

test.each(["gone", "busy", "stall"] as const)(
  "a card with the fault %s is waited for, and told once when it takes sound",
  async (fault) => {
    stage = await Stage.open({ zones: 2 });
    stage.card("z1").setFault(fault);
    stage.thread.send({ kind: "await-card", zoneId: "z1" });
    stage.thread.send({ kind: "await-card", zoneId: "z2" });
    await stage.until(() => stage.cardsBack.includes("z2"), "the card that is well");
    await sleep(2_000);
    expect(stage.cardsBack).toEqual(["z2"]);

    stage.card("z1").setFault(undefined);
    await stage.until(() => stage.cardsBack.includes("z1"), "the card that was away");
    await sleep(1_200);
    expect(stage.cardsBack).toEqual(["z2", "z1"]);

    const path = stage.path("item.wav");
    await makeTestAudio(path, [{ seconds: 0.3, noiseSeed: 3 }], "wav");
    expect(await (await stage.play(path, "audio/wav")).ended).toMatchObject({
      ending: "drained",
      framesPlayed: 14_400,
    });
    // Of the waiting itself nothing is heard.
    expect(contentFrames(await stage.card("z1").frames()).frames).toBe(14_400);
    expect(stage.of("ended")).toHaveLength(1);
  },
);

test("a card that stands still is let go and opened anew", async () => {
  stage = await Stage.open();
  stage.card().setFault("stall");
  stage.thread.send({ kind: "await-card", zoneId: "z1" });
  await stage.card().until("stall", 3);
  expect(stage.cardsBack).toEqual([]);
});

test("a card is waited for by the next thread too", async () => {
  stage = await Stage.open({ zones: 2 });
  const path = stage.path("item.wav");
  await makeTestAudio(path, [{ seconds: 0.3, noiseSeed: 3 }], "wav");
  stage.card("z1").setFault("gone");
  stage.thread.send({ kind: "await-card", zoneId: "z1" });
  await sleep(1_100);
  const killing = await stage.play(path, "audio/wav", { zoneId: "z2", mediaType: "no/such-type" as "audio/wav" });
  expect(await killing.ended).toMatchObject({ ending: "failed", code: "output" });
  stage.card("z1").setFault(undefined);
  await stage.until(() => stage.cardsBack.includes("z1"), "the card that was away");
});

test("without aplay no card is back", async () => {
  stage = await Stage.open({ aplayPath: "/nowhere/aplay" });
  stage.thread.send({ kind: "await-card", zoneId: "z1" });
  await sleep(1_500);
  expect(stage.cardsBack).toEqual([]);
});
