/** What people who hold keys are asked and told. */
export const deskKeyTexts = {
  "desk.name.holder.message": "{text} is no name for who holds a key",
  "desk.name.holder.hint": "A name is one line of 1 to 100 characters, for example 'Nguyễn Thị Lan'.",
  "desk.name.serial.message": "{text} is no serial number of a box",
  "desk.name.serial.hint":
    "It is 1 to 64 letters, digits, dots, colons and hyphens, as the box tells it: loa enrol request",
  "desk.holder.unknown.message": "{holder} holds no key of {name} at this desk",
  "desk.holder.unknown.hint":
    "Keys of {name} are held by: {holders}. Or make one: loa desk issuer {name} --holder NAME ...",
  "desk.holder.which.message": "several people hold a key of {name}: {holders}",
  "desk.holder.which.hint": "Say who signs: --holder NAME",

  "desk.passphrase.ask": "Passphrase of {holder} ({issuer}): ",
  "desk.passphrase.choose": "New passphrase for {holder} ({issuer}): ",
  "desk.passphrase.repeat": "The same once more: ",
  "desk.passphrase.again": "That does not open it.",
  "desk.passphrase.wrong.message": "the key of {holder} ({issuer}) does not open: wrong passphrase, or a damaged file",
  "desk.passphrase.wrong.hint":
    "Nothing was signed. Try again; who has forgotten it needs a new key: loa desk revoke, then loa desk issuer.",
  "desk.passphrase.none.message": "nobody is there to type the passphrase of {holder} ({issuer})",
  "desk.passphrase.none.hint":
    "Run it at a terminal, or name a file that holds it (mode 0600): --passphrase-file, or {variable} in the environment.",
  "desk.passphrase.short.message": "this passphrase is too short",
  "desk.passphrase.short.hint":
    "Take at least {least} characters: four or five words that nobody would guess together.",
  "desk.passphrase.differs.message": "the two passphrases differ",
  "desk.passphrase.differs.hint": "Run it again. Nothing was made.",
  "desk.passphrase.file.message": "no passphrase in {path} {reason}",
  "desk.passphrase.file.hint": "The file holds the passphrase in one line, and nothing else.",
  "desk.passphrase.shared.message": "the passphrase in {path} can be read by others",
  "desk.passphrase.shared.hint": "Run: chmod 600 {path}. If others may have read it, take a new one with a new key.",

  "desk.draft.damaged.message": "{path} is no draft: {reason}",
  "desk.draft.damaged.hint": "Give the file that `loa desk broadcast --draft` wrote, or the id it printed.",
  "desk.draft.unknown.message": "there is no draft and no broadcast {name} here",
  "desk.draft.unknown.hint":
    "Give the file that --draft wrote, or the id that `loa desk broadcast` or `loa desk cancel` printed.",
  "desk.draft.unsent.message": "{id} was not sent, and its sound is not at the broker",
  "desk.draft.unsent.hint": "Nothing was sent. Send it anew: loa desk broadcast ...",
  "desk.draft.gone.message": "{id} was cancelled or replaced, or is over",
  "desk.draft.gone.hint": "Nothing was sent. To have it on air again, send it anew: loa desk broadcast ...",
  "desk.draft.audio.message": "the sound in this draft is not the one that was signed",
  "desk.draft.audio.hint": "Somebody changed the file. Sign nothing, and have the order written anew.",
  "desk.draft.kept": "Nothing was sent. The order is in {path}. Next: loa desk cosign {path}",
  "desk.cosign.description":
    "sign an order that another holder has written; it is sent at once when enough have signed",
  "desk.cosign.argument": "the draft's file, or the order's id",
  "desk.cosign.option.holder": "who signs, where several could",
  "desk.cosign.option.noSend": "only sign; `loa desk publish` sends it",
  "desk.cosign.examples": [
    "  loa desk cosign out.json --holder 'Trần Văn Minh'",
    "  loa desk cosign 01JD3W9K2M4N6P8Q0R1S2T3V4W",
  ].join("\n"),
  "desk.publish.description": "send an order that enough holders have signed",
  "desk.publish.examples": "  loa desk publish out.json",
  "desk.cosign.intervention": "{op} {what} by {issuer}, on {gateways} gateway(s), until {until}",
  "desk.cosign.short":
    "IT TAKES {needed} HOLDERS; signed so far: {signed}. Before {until} another one runs: loa desk cosign {id}",
  "desk.cosign.milder":
    "counts as severity {severity} until a second holder signs (so far: {signed}), before {until}: loa desk cosign {id}",
  "desk.cosign.signed": "signed by {signed}; not sent. The order is in {path}. Next: loa desk publish {path}",
  "desk.cosign.missing.message": "nothing was sent: it takes {needed} holders, and this is signed by {signed}",
  "desk.cosign.missing.hint": "It is kept. Another holder signs and sends it: loa desk cosign {id}",
  "desk.cosign.late.message":
    "it is too late to sign {id}: a signature must be made within {minutes} minutes of the order",
  "desk.cosign.late.hint": "Write the order anew, with both holders at hand.",
  "desk.cosign.nobody.message":
    "nobody is left to sign for {name}: {holder} has no key here, or has signed (signed: {signed})",
  "desk.cosign.nobody.hint":
    "Another person signs, with a key of the same issuer: loa desk issuer {name} --holder NAME ...",

  "desk.audit.description": "print what was done at this desk, by whom and when, and check that nothing is missing",
  "desk.audit.examples": [
    "  loa desk audit",
    "  loa desk audit --json | jq '.entries[] | select(.act == \"revoke\")'",
  ].join("\n"),
  "desk.audit.heading.n": "no.",
  "desk.audit.heading.at": "when",
  "desk.audit.heading.user": "user",
  "desk.audit.heading.holders": "signed by",
  "desk.audit.heading.act": "act",
  "desk.audit.heading.subject": "what",
  "desk.audit.heading.detail": "detail",
  "desk.audit.intact": "{entries} entries, none missing, none changed.",
  "desk.audit.unreadable.message": "{path} is damaged: entry {n} can't be read",
  "desk.audit.unreadable.hint": "Compare it with your backup. Entries before it are as they were written.",
  "desk.audit.missing.message": "entry {n} is missing from {path}",
  "desk.audit.missing.hint":
    "Somebody took it out. Compare it with your backup. Entries before it are as they were written.",
  "desk.audit.changed.message": "entry {n} of {path} is not as it was written",
  "desk.audit.changed.hint":
    "Somebody changed it. Compare it with your backup. Entries before it are as they were written.",
  "desk.audit.cut.message": "{path} ends too early: entry {n} and those after it are missing",
  "desk.audit.cut.hint":
    "Somebody cut it off. Compare it with your backup. Entries before it are as they were written.",
} as const;
