import os from "node:os";

/** Sound before everything else on the box: a wake-up a few milliseconds late is heard. */
const WANTED_NICENESS = -10;

/**
 * Raises this process, its threads and its children from here on. Call it before any of them is made. Without the right to
 * (CAP_SYS_NICE, or LimitNICE= of the unit) everything works at the priority it was given. Returns the niceness in force.
 */
export function raisePriority(): number {
  try {
    os.setPriority(WANTED_NICENESS);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== "uv_os_setpriority") throw error;
  }
  return os.getPriority();
}
