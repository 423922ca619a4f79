import { writeFileSync } from "node:fs";
import path from "node:path";
import { connectAsync } from "mqtt";
import { freePort, startBroker } from "../bench-broker.ts";
import type { Peer } from "./peer.ts";
import { startPeer } from "./peer-process.ts";

/** What is built on an afternoon: what comes over MQTT is played by ffmpeg, after the one before has been ended by this signal. */
export function mqttScript(name: string, signal: "TERM" | "KILL"): Peer {
  return {
    name,
    programs: ["mosquitto_sub"],
    fromSilence: false,
    async start(stage) {
      const port = await freePort();
      const configFile = path.join(stage.folder, "open-mosquitto.conf");
      writeFileSync(configFile, `listener ${port} 127.0.0.1\nallow_anonymous true\n`);
      await startBroker(configFile, port, stage.ending);
      const script = path.join(stage.folder, "play-what-comes");
      writeFileSync(
        script,
        `mosquitto_sub -p ${port} -q 1 -t play | while read -r file; do
  [ -z "$player" ] || { kill -${signal} "$player"; wait "$player"; }
  ffmpeg -nostdin -v error -i "$file" -f alsa ${stage.card.device} &
  player=$!
done
`,
      );
      startPeer(["bash", script], stage);
      const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0 });
      stage.ending.add(() => client.endAsync(true));
      const play = (file: string) => client.publishAsync("play", file, { qos: 1, retain: true });
      return {
        settle: async () => {
          await play(stage.programme);
        },
        cutIn: (file) => void play(file),
      };
    },
  };
}
