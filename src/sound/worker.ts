import { parentPort, workerData } from "node:worker_threads";
import type { ZoneId } from "../domain/broadcast.ts";
import type { OutputEvent, OutputStart, PlayHandle } from "../domain/playout.ts";
import { say, setLanguage } from "../texts/say.ts";
import { Forks } from "./forks.ts";
import { Hold } from "./hold.ts";
import type { SoundCommand, SoundEvent, SoundSetup } from "./messages.ts";
import { endOrphans } from "./orphans.ts";
import type { Play } from "./play.ts";
import { StartGates } from "./start-gate.ts";
import { failed } from "./verdict.ts";
import { ZoneChain } from "./zone-chain.ts";

/** The sound thread. Between plays it holds no timer, unless a card is away, and one waiting child a zone: it sleeps until a message comes. */
function main(port: NonNullable<typeof parentPort>, { sinks, tools, runDirectory, owner, language }: SoundSetup): void {
  setLanguage(language);
  endOrphans(owner); // one of them may be held where the next will be
  const zoneIds = sinks.map(({ zoneId }) => zoneId);
  const holds = Hold.make(runDirectory, zoneIds);
  const plays = new Map<PlayHandle, Play>();
  const forks = new Forks(() => plays.values());
  const gates = new StartGates();
  const chains = new Map<ZoneId, ZoneChain>(
    sinks.map((sink, at) => [sink.zoneId, new ZoneChain(sink, tools, holds[at], forks, tell)]),
  );

  function tell(event: OutputEvent): void {
    if (event.kind === "ended") plays.delete(event.play);
    port.postMessage(event);
  }

  function start(command: OutputStart): void {
    const chain = chains.get(command.zoneId);
    if (chain !== undefined) {
      const gate = command.group && gates.of(command.group, command.attentionTone !== undefined);
      plays.set(command.play, chain.start(command, gate));
      return;
    }
    const verdict = failed("output", say("sound.zone.unknown", { zone: command.zoneId }));
    const nothing = { framesPlayed: 0, framesExact: false, underruns: 0 };
    tell({ kind: "ended", play: command.play, ...verdict, atMs: Date.now(), ...nothing });
  }

  function obey(command: SoundCommand): void {
    switch (command.kind) {
      case "start":
        start(command);
        break;
      // A play may end while bytes for it are under way.
      case "feed":
        plays.get(command.play)?.feed(command.bytes, command.last);
        break;
      case "abort":
        plays.get(command.play)?.abort(command.code);
        break;
      case "stop":
        chains.get(command.zoneId)?.stop(command.fadeMs);
        break;
      case "prepare-tone":
        chains.get(command.zoneId)?.prepareTone(command.gainCentiDb);
        break;
      case "await-card":
        chains.get(command.zoneId)?.awaitCard();
        break;
      case "ping":
        port.postMessage({ kind: "pong" } satisfies SoundEvent);
        break;
      case "shutdown":
        void Promise.all([...chains.values()].map((chain) => chain.close())).then(() => port.close());
        break;
      default:
        command satisfies never;
    }
  }

  port.on("message", obey);
}

if (parentPort !== null) main(parentPort, workerData);
