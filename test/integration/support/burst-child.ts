// Run as a process of its own and killed in the middle: commits as fast as it can, and says so only after each commit.
import { writeSync } from "node:fs";
import { openAudio } from "../../../src/store/audio.ts";
import { openOrders } from "../../../src/store/orders.ts";
import { acceptOne, audioOptions, burstAudio, epochs, ordersOptions } from "./store-material.ts";

const [folder = ""] = process.argv.slice(2);
const { orders } = openOrders(ordersOptions(folder, epochs()));
const { audio } = openAudio(audioOptions(folder));
const made = burstAudio();
audio.register(made.audio);

for (let n = 0; ; n += 1) {
  const head = acceptOne(orders, n);
  writeSync(1, `${n} ${head.q} ${head.hash}\n`);
  const chunk = n % made.chunks.length;
  if (chunk === 0) audio.remove(made.audio.hash);
  if (chunk === 0) audio.register(made.audio);
  audio.put(made.audio.hash, chunk, made.chunks[chunk] ?? Buffer.alloc(0));
}
