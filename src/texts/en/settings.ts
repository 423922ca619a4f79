/** What each setting is for: one sentence a key of the settings and of the firmware profile. */
export const settingTexts = {
  "setting.dataDirectory": "Where the databases lie. Local disk of the box, owned by the agent's user.",
  "setting.socketPath": "Unix socket through which `loa status` asks the agent. No network port is opened.",
  "setting.clock.source":
    "Who says that the clock is right. `assumed` trusts it unasked and is reported to the centre.",
  "setting.link.keepAliveSeconds":
    "Silence after which a ping is sent; 1.5 times as much counts as lost. Longer saves mobile data.",
  "setting.link.backoffBaseSeconds":
    "Longest wait before the first try to reconnect. It doubles with each try; the wait itself is random.",
  "setting.link.backoffCeilingSeconds": "Where the doubling ends.",
  "setting.link.firstRetrySpreadSeconds":
    "Random wait after a loss, so that a province does not reconnect in one second.",
  "setting.fetch.windowChunks":
    "Chunks of 32 KiB asked for at once. Fewer spare a narrow link, more are faster on a slow one.",
  "setting.fetch.stallSeconds": "Time without a new chunk after which the missing ones are asked for again.",
  "setting.audio.budgetMb": "Disk for stored audio. The profile's budget and 40 % of the partition limit it further.",
  "setting.heartbeat.intervalSeconds":
    "Time between heartbeats, give or take a tenth. The centre calls a box late after three.",
  "setting.evidence.lingerMs": "How long a new record waits for others, so that they travel in one signed batch.",
  "setting.evidence.resendSeconds":
    "Time without the centre's acknowledgement after which unacknowledged records are sent again.",
  "setting.log.level": "The least important lines that are written. `info` holds what the centre would ask about.",
  "setting.tools.ffmpeg": "The decoder.",
  "setting.tools.aplay": "The program that hands sound to ALSA.",
  "setting.profile.zones.id": "The zone's name in orders and reports.",
  "setting.profile.zones.device":
    "ALSA device the zone's speakers hang on, by the card's id: equal cards swap their numbers.",
  "setting.profile.zones.rateHz": "Sample rate the device is opened with.",
  "setting.profile.zones.channels":
    "Channels the device is opened with. Speech is mono; `plughw` copies it to both sides of a stereo card.",
  "setting.profile.zones.bufferMs": "Sound the device holds. More forgives a busy box.",
  "setting.profile.zones.periodMs": "Sound handed over at once; at most half the buffer.",
  "setting.profile.zones.leadInMs": "Silence played first, while the amplifier wakes.",
  "setting.profile.name": "Name of the profile, reported to the centre. The same as the file's.",
  "setting.profile.hardware": "Board and sound device in words, reported to the centre.",
  "setting.profile.description": "What the box is for and what to know before choosing it.",
  "setting.profile.budgets.memoryMb": "Resident memory the agent may take; `loa status` marks what is over it.",
  "setting.profile.budgets.audioMb":
    "Disk for stored audio on this model; the smaller of this and `audio.budgetMb` holds.",
} as const;
