import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Peer } from "./peer.ts";
import { connectWhenThere, startPeer } from "./peer-process.ts";

interface MpdOptions {
  readonly fromSilence: boolean;
  /** The agent's sink has such a buffer. MPD's own is 500 ms in four periods. */
  readonly buffer?: { readonly bufferMicroseconds: number; readonly periodMicroseconds: number };
}

/** The warning is put into the queue and played over a connection that stands, in one list of commands. */
export function mpd(name: string, { fromSilence, buffer }: MpdOptions): Peer {
  return {
    name,
    programs: ["mpd"],
    fromSilence,
    async start(stage) {
      const socketPath = path.join(stage.folder, "mpd.sock");
      const configFile = path.join(stage.folder, "mpd.conf");
      // Files out of it are played by their names; in it, one below a folder that begins with a dot is not.
      const musicFolder = path.join(stage.folder, "music");
      mkdirSync(musicFolder, { recursive: true });
      const sizes =
        buffer === undefined
          ? ""
          : `buffer_time "${buffer.bufferMicroseconds}"\nperiod_time "${buffer.periodMicroseconds}"\n`;
      writeFileSync(
        configFile,
        `bind_to_address "${socketPath}"
music_directory "${musicFolder}"
db_file "${path.join(stage.folder, "mpd.db")}"
auto_update "no"
zeroconf_enabled "no"
audio_output {
type "alsa"
name "card"
device "${stage.card.device}"
mixer_type "none"
${sizes}}
`,
      );
      startPeer(["mpd", "--no-daemon", configFile], stage);
      const socket = await connectWhenThere(socketPath, stage.ending);
      socket.on("data", (answer) => {
        if (String(answer).includes("ACK")) process.stderr.write(`bench: MPD refuses: ${answer}`);
      });
      const order = (...commands: readonly string[]) =>
        socket.write(["command_list_begin", ...commands, "command_list_end", ""].join("\n"));
      return {
        settle: async () => {
          order("clear", `addid file://${stage.programme}`, fromSilence ? "stop" : "play 0");
        },
        cutIn: (file) => order(`addid file://${file} 1`, "play 1"),
      };
    },
  };
}
