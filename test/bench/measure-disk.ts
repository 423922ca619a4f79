import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { Measurement } from "./bench-run.ts";
import { temporaryFolder } from "./bench-station.ts";

const CHILD = path.resolve(import.meta.dirname, "../integration/support/measure-writes.ts");

/** What the two databases write to the disk, by the kernel's count for a process that does nothing else. */
export const measureDisk: Measurement = async ({ ending }) => {
  const { stdout } = await promisify(execFile)(process.execPath, [CHILD, temporaryFolder(ending)]);
  const written = JSON.parse(stdout);
  const target = { atMost: 1.15 };
  return [
    {
      ...{ name: "audio store: written", value: written.audioBytesPerByte, unit: "bytes a byte", target },
      note: "16 MiB, new pages",
    },
    {
      ...{
        name: "audio store: written again",
        value: written.audioBytesPerByteInReusedPages,
        unit: "bytes a byte",
        target,
      },
      note: "16 MiB, pages of a removed file",
    },
    {
      ...{ name: "orders database: written", value: written.kibPerAcceptedBroadcast, unit: "KiB a bulletin" },
      note: "order, identity, record and receipt in one commit; 1,000 bulletins, log folded in",
    },
    { name: "orders database: commit p50", value: written.commitMsMedian, unit: "ms" },
    { name: "orders database: commit p99", value: written.commitMs99, unit: "ms" },
  ];
};
