/** `loa doctor`: what was found, and under `.advice` what to do about it. */
export const doctorTexts = {
  "doctor.description":
    "look at everything a box needs to be heard: finding and advice for each; the agent may run or not",
  "doctor.examples":
    "  loa doctor --profile raspberry-pi-4-usb-dac\n  loa doctor --profile ./my-box.json --enrolment ./enrolment --config ./config.json --json",
  "doctor.option.profile": "the box model whose sound devices are looked at (without it those of the running agent)",
  "doctor.line": "{mark}  {check}  {message}",
  "doctor.advice": "         {advice}",
  "doctor.good": "good",
  "doctor.doubtful": "LOOK",
  "doctor.bad": "BAD",
  "doctor.summary.good": "Nothing is wrong.",
  "doctor.summary.doubtful": "Nothing is broken, but somebody should look: {doubtful}",
  "doctor.summary.bad": "Broken: {bad}. To look at: {doubtful}.",

  "doctor.check.agent": "agent",
  "doctor.check.enrolment": "enrolment",
  "doctor.check.certificate": "certificate",
  "doctor.check.keys": "keys",
  "doctor.check.broker": "broker",
  "doctor.check.clock": "clock",
  "doctor.check.database": "database",
  "doctor.check.disk": "disk",
  "doctor.check.tools": "tools",
  "doctor.check.card": "card",
  "doctor.check.placement": "placement",

  "doctor.agent.running": "runs, version {version}, gateway {gateway}",
  "doctor.agent.down": "does not run: {reason}",
  "doctor.agent.down.advice": "Start it (systemctl start loa), then look at its log (journalctl -u loa).",
  "doctor.agent.alarm": "reports alarm {code}: {detail}",
  "doctor.agent.alarm.advice": "`loa status` tells since when; it ends by itself when its cause is gone.",
  "doctor.given": "{message}",
  "doctor.given.advice": "{hint}",
  "doctor.enrolment.good": "{directory} is whole, for gateway {gateway}",

  "doctor.certificate.good": "of {name}, valid until {until}",
  "doctor.certificate.unreadable": "can't be read: {reason}",
  "doctor.certificate.unreadable.advice": "Copy tls-cert.pem from the issuing office's bundle again.",
  "doctor.certificate.otherKey": "does not belong to tls-key.pem",
  "doctor.certificate.otherKey.advice": "Copy both files from the same bundle; files of two boxes were mixed.",
  "doctor.certificate.otherName": "is made out to {name}, but this is gateway {gateway}",
  "doctor.certificate.otherName.advice": "Copy the bundle of this very box; the broker refuses any other.",
  "doctor.certificate.early": "is valid only from {from}",
  "doctor.certificate.early.advice": "Check the clock of this box first: it may stand wrong.",
  "doctor.certificate.over": "expired at {until}",
  "doctor.certificate.over.advice": "Have the issuing office enrol this box anew.",
  "doctor.certificate.soon": "expires at {until}, in {days} days",
  "doctor.certificate.soon.advice": "Have the issuing office prepare a new bundle before that day.",

  "doctor.certificate.authorityOver": "the CA of this box and its broker expired at {until}",
  "doctor.certificate.authorityOver.advice": "Have the issuing office make a new CA and enrol every box anew.",
  "doctor.certificate.authoritySoon": "the CA of this box and its broker expires at {until}, in {days} days",
  "doctor.certificate.authoritySoon.advice":
    "Have the issuing office make a new CA now: every box has to be enrolled anew before that day.",
  "doctor.certificate.brokerOver": "the broker's expired at {until}",
  "doctor.certificate.brokerOver.advice": "Check the clock of this box; if it is right, the broker needs a new one.",
  "doctor.certificate.brokerSoon": "the broker's expires at {until}, in {days} days",
  "doctor.certificate.brokerSoon.advice": "Tell who runs the broker: without a new one all boxes fall silent that day.",

  "doctor.keys.good": "the gateway's key can be used, kid {kid}",

  "doctor.broker.good": "{url} reached and proven in {elapsedMs} ms ({protocol})",
  "doctor.broker.unreachable": "{url} can't be reached: {reason}",
  "doctor.broker.unreachable.advice":
    "Check network and name first (ping, getent hosts), then the port and the broker itself.",
  "doctor.broker.late": "{url} did not answer within {withinMs} ms",
  "doctor.broker.late.advice": "Check signal and route; a firewall that drops silently looks like this.",
  "doctor.broker.untrusted": "{url} is not the broker this box was enrolled with: {reason}",
  "doctor.broker.untrusted.advice":
    "Check the clock, then broker-ca.pem. If both are right, somebody stands in between: call the issuing office.",
  "doctor.broker.refused": "{url} does not want this box: {reason}",
  "doctor.broker.refused.advice":
    "The broker knows another CA, or this box's certificate was revoked there: call the issuing office.",
  "doctor.broker.none": "no address of a broker is known",
  "doctor.broker.none.advice": "Copy the whole enrolment folder again.",

  "doctor.clock.sync": "right, says {source}; it is {now}",
  "doctor.clock.assumed": "taken to be right without asking (clock.source assumed); it is {now}",
  "doctor.clock.assumed.advice": "Set clock.source to timesyncd or chrony where there is a network.",
  "doctor.clock.none": "not synchronised, says {source}; it is {now}. Nothing plays until it is",
  "doctor.clock.none.advice":
    "Check the network and the time service (timedatectl, chronyc tracking); set a time server that can be reached.",

  "doctor.database.good": "{path} is whole (version {version}, {megabytes} MB)",
  "doctor.database.opened": "{path} can be opened (version {version}, {megabytes} MB; too large to check in passing)",
  "doctor.database.absent": "{path} is not there yet; the agent makes it at its first start",
  "doctor.database.broken": "{path} is damaged: {reason}",
  "doctor.database.broken.advice":
    "Restart the agent: it puts a damaged database aside and begins a new one. Then check the disk (dmesg).",

  "doctor.disk.good": "{usedPercent} % used, {freeMb} MB free in {folder}",
  "doctor.disk.low": "{usedPercent} % used, only {freeMb} MB free in {folder}",
  "doctor.disk.low.advice": "Free space on this partition: without room nothing can be accepted or proven.",
  "doctor.disk.unreadable": "{folder} can't be looked at: {reason}",
  "doctor.disk.unreadable.advice": "Check that the folder is there and that you may read it.",

  "doctor.tools.good": "{tool} is {path}",
  "doctor.tools.missing": "{tool} is not there, so nothing can sound",
  "doctor.tools.missing.advice":
    "Install it (Debian: apt-get install ffmpeg alsa-utils), or name it in the settings (tools).",

  "doctor.card.good": "{zone}: {device} is there and could be opened",
  "doctor.card.agent": "{zone}: {device} is in the agent's hands ({activity})",
  "doctor.card.faulted": "{zone}: the agent can't use {device}",
  "doctor.card.faulted.advice":
    "Check the card's plug and cable. `loa status` tells what it says; the agent tries again by itself.",
  "doctor.card.unknown": "{zone}: there is no card {card}; there are: {cards}",
  "doctor.card.unknown.advice": "Plug it in, or name the card in the profile as /proc/asound/cards shows it.",
  "doctor.card.busy": "{zone}: {device} is held by another program",
  "doctor.card.busy.advice": "Find it (fuser -v /dev/snd/*) and end it; a sound server has no place on this box.",
  "doctor.card.failed": "{zone}: {device} can't be opened: {reason}",
  "doctor.card.failed.advice": "Check plug, cable and asound.conf. Your account must be in the group audio.",
  "doctor.card.noProfile": "not looked at: no profile was named and no agent runs",
  "doctor.card.noProfile.advice": "Run it again with --profile NAME.",

  "doctor.placement.good": "zones {zones} are placed, and each has its device",
  "doctor.placement.unreadable": "can't be read: {reason}",
  "doctor.placement.unreadable.advice": "Copy placement.json from the issuing office's bundle again.",
  "doctor.placement.mute": "zones {zones} are placed but have no device here: what is meant for them is not heard",
  "doctor.placement.mute.advice": "Add them to the profile, or have the issuing office correct the placement.",
  "doctor.placement.unplaced": "zones {zones} of the profile are not placed: nothing is ever sent to them",
  "doctor.placement.unplaced.advice":
    "Have the issuing office add them to the placement, or take them out of the profile.",
} as const;
