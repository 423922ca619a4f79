// Run as a process of its own, so that /proc/self/io counts nothing else: what the two databases cost the flash. Prints JSON.
import { readFileSync } from "node:fs";
import { openAudio } from "../../../src/store/audio.ts";
import { openOrders } from "../../../src/store/orders.ts";
import { acceptOne, audioOptions, epochs, type MadeFile, makeAudio, ordersOptions } from "./store-material.ts";

const [folder = ""] = process.argv.slice(2);
const FILE_BYTES = 16 * 1024 * 1024;
const COMMITS = 1000;

function writtenBytes(): number {
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
}

function measure(act: () => void): number {
  const before = writtenBytes();
  act();
  return writtenBytes() - before;
}

const { audio } = openAudio(audioOptions(folder));
const store = (made: MadeFile) => {
  audio.register(made.audio);
  for (const [n, chunk] of made.chunks.entries()) audio.put(made.audio.hash, n, chunk);
};
const first = makeAudio(FILE_BYTES);
const fresh = measure(() => store(first));
const removed = measure(() => {
  while (audio.remove(first.audio.hash) === "more");
});
const reused = measure(() => store(makeAudio(FILE_BYTES)));
audio.close();

const { orders } = openOrders(ordersOptions(folder, epochs()));
const commitMs: number[] = [];
const accepted = measure(() => {
  for (let n = 0; n < COMMITS; n += 1) {
    const startedMs = performance.now();
    acceptOne(orders, n);
    commitMs.push(performance.now() - startedMs);
  }
});
const folded = measure(() => orders.close());
commitMs.sort((a, b) => a - b);
const quantile = (share: number) => Number(commitMs[Math.floor(share * COMMITS)]?.toFixed(2));

console.log(
  JSON.stringify({
    audioBytesPerByte: fresh / FILE_BYTES,
    audioBytesPerByteInReusedPages: reused / FILE_BYTES,
    removeKib: removed / 1024,
    kibPerAcceptedBroadcast: (accepted + folded) / 1024 / COMMITS,
    commitMsMedian: quantile(0.5),
    commitMs99: quantile(0.99),
  }),
);
