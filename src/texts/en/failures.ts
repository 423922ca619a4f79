/** Failures of the world: `.message` says what happened and why, `.hint` what to do next. */
export const failureTexts = {
  "failure.toolMissing.message": "{tool} can't be started: {reason}",
  "failure.toolMissing.hint": "Install it (Debian: apt-get install {package}), then try again.",
  "failure.toolMissing.summary": "not found, so nothing can sound: {tools}",
  "failure.clock.unsynchronised": "the time service does not vouch for the clock",
  "failure.clock.below-floor": "the time service shows an earlier time than what has been signed already",
  "failure.clock.beacon": "the time service and a signed beacon are too far apart",
  "failure.clock.stepped": "the clock was set far away; it is believed when it stays so for ten minutes",
  "failure.enrolment.message": "the enrolment folder {directory} can't be used: {faults}",
  "failure.enrolment.hint":
    "Copy the whole folder that the issuing office signed for this box, with its private keys readable by the owner only (chmod 600).",
  "failure.enrolment.secretReadable": "a private key must not be readable by group or others",
  "failure.enrolment.secretForeign": "a private key must belong to the service's user {owner}, not to {uid}",
  "failure.enrolment.secretHint": "Run: {commands}. If others may have read a key, have this box enrolled anew.",
  "failure.enrolment.otherHardware": "gateway {gateway} is enrolled on the hardware {enrolled}, and this is {serial}",
  "failure.enrolment.otherHardwareHint":
    "Put the card or disk back into its own box, or enrol this box by itself (loa enrol): one enrolment never runs on two boards.",
  "failure.enrolment.untrusted": "the enrolment folder {directory} contradicts itself: {reason}",
  "failure.enrolment.otherGateway":
    "this data directory belongs to gateway {stored}, the enrolment folder is of {offered}",
} as const;
