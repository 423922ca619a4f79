/** What an issuing office does about what it has said already. */
export const deskInterveneTexts = {
  "desk.cancel.description":
    "take a broadcast of this desk off the air for good, also where it waits or has not arrived yet",
  "desk.cancel.argument": "the broadcast's id, as `loa desk broadcast` printed it",
  "desk.cancel.option.issuer": "who cancels: the issuer that spoke, or a higher one (default: the one that spoke)",
  "desk.cancel.examples": "  loa desk cancel 01JD3W9K2M4N6P8Q0R1S2T3V4W",
  "desk.cancel.over.message": "the broadcast {id} has expired already",
  "desk.cancel.over.hint":
    "Nothing needs to be done: no gateway plays it any more. `loa desk coverage {id}` tells who did.",
  "desk.cancel.done": "cancelled on {gateways} gateway(s): {id}",

  "desk.update.description":
    "put another sound, title or time in the place of a broadcast of this desk, which falls silent at once; what is left out stays as it was",
  "desk.update.option.issuer": "who speaks: the issuer that spoke, or a higher one (default: the one that spoke)",
  "desk.update.option.audio": "MP3, WAV, M4A or Ogg file (default: the sound that it has)",
  "desk.update.option.text": "what is said, in words (default: as before, and none for another sound)",
  "desk.update.option.at":
    "when it is due, by the clocks of the desk's time zone: 17:00 or 2026-11-28T05:30 (default: as before, or now if that is over)",
  "desk.update.option.startWithin": "the latest start after that: 10m",
  "desk.update.option.onPreempt": "after something more urgent: restart, resume or drop",
  "desk.update.option.expiresIn":
    "how long it may sound, from when it is due: 90m, 2h, 7d; no shorter than before (default: as before)",
  "desk.update.examples": [
    "  loa desk update 01JD3W9K2M4N6P8Q0R1S2T3V4W --audio ban-tin-sua.mp3",
    '  loa desk update 01JD3W9K2M4N6P8Q0R1S2T3V4W --title "Cắt điện, giờ mới" --audio cat-dien.mp3 --at 18:00 --expires-in 2h',
  ].join("\n"),
  "desk.update.replaces": "in the place of {id}, which falls silent for good",
  "desk.update.over.message":
    "the broadcast {id} is over: it has expired, was cancelled or replaced, or was never sent",
  "desk.update.over.hint": "Update what stands in its place, or send a new one: loa desk broadcast",
  "desk.update.short.message": "the update would end before the broadcast {id} does",
  "desk.update.short.hint":
    "A gateway that is away might come back to the original: take a longer --expires-in. --start-within says how late it may begin.",
  "desk.update.sound.message": "the sound of {id} is not here any more",
  "desk.update.sound.hint": "Give it once more: --audio FILE",

  "desk.hold.description":
    "stop a broadcast for 15 minutes, alone, by one of those who signed it: time to find who cancels it with you",
  "desk.hold.option.holder": "who of its signers you are, if the keys of several are here",
  "desk.hold.examples": "  loa desk hold 01JD3W9K2M4N6P8Q0R1S2T3V4W",
  "desk.hold.done": "held on {gateways} gateway(s) until {until}; to end it for good: loa desk cancel {id}",

  "desk.halt.description":
    "silence all that is no emergency, or one broadcast, for a while; it goes on afterwards by its own rule",
  "desk.halt.option.for": "how long: 90m, 2h, 7d at most",
  "desk.halt.examples": [
    "  loa desk halt --issuer ubnd.hoa-binh --to xa-hoa-binh --for 30m",
    "  loa desk halt --issuer ubnd.hoa-binh --to xa-hoa-binh --item 01JD3W9K2M4N6P8Q0R1S2T3V4W",
  ].join("\n"),
  "desk.halt.done": "halted on {gateways} gateway(s) until {until}: {id}",
  "desk.resume.description": "end the halts of an issuer before their time",
  "desk.resume.examples": "  loa desk resume --issuer ubnd.hoa-binh --to xa-hoa-binh",
  "desk.resume.done": "halts are over on {gateways} gateway(s): {id}",
  "desk.control.option.item": "only this broadcast, by its id",

  "desk.intervention.refused.message": "gateway {gateway} would refuse this ({code}): {detail}",
  "desk.intervention.refused.hint":
    "Nothing was sent. Halting needs an issuer with the use control (loa desk issuer NAME --uses broadcast,control); what took two holders takes two to stop.",
  "desk.intervention.unsent.message": "the broker has not taken all of it: {reason}",
  "desk.intervention.unsent.hint": "Keep `loa desk serve` running: it sends the rest at its next connect.",
  "desk.listen.control": "▼ {area}  {op} of {issuer} ({id})",
} as const;
