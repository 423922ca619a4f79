import { writeFileSync } from "node:fs";
import path from "node:path";
import type { Peer } from "./peer.ts";
import { connectWhenThere, startPeer } from "./peer-process.ts";

/** A queue of warnings that takes over from the programme at once, ordered on its own socket. */
export function liquidsoap(name: string, { isBuffered }: { readonly isBuffered: boolean }): Peer {
  return {
    name,
    programs: ["liquidsoap"],
    fromSilence: false,
    async start(stage) {
      const socketPath = path.join(stage.folder, "liquidsoap.sock");
      const script = path.join(stage.folder, "peer.liq");
      // Its frames last as long as one of video, 40 ms unless told otherwise: 100 a second is the least delay it can be brought to.
      const tuned = isBuffered ? "" : "settings.frame.video.framerate.set(100)\nsettings.frame.duration.set(0.01)\n";
      writeFileSync(
        script,
        `settings.init.allow_root.set(true)
settings.log.file.set(false)
settings.frame.audio.samplerate.set(48000)
settings.frame.audio.channels.set(1)
settings.server.timeout.set(-1.)
settings.server.socket.set(true)
settings.server.socket.path.set("${socketPath}")
${tuned}warnings = request.queue(id="warnings")
programme = single("${stage.programme}")
radio = fallback(track_sensitive=false, [warnings, programme])
output.alsa(bufferize=${isBuffered}, device="plug:${stage.card.device}", radio)
`,
      );
      startPeer(["liquidsoap", script], stage);
      const socket = await connectWhenThere(socketPath, stage.ending);
      return {
        settle: async () => {},
        cutIn: (file) => socket.write(`warnings.push ${file}\n`),
      };
    },
  };
}
