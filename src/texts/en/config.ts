export const configTexts = {
  "config.allowed.wholeNumber": "a whole number from {from} to {to}",
  "config.allowed.oneOf": "one of {options}",
  "config.allowed.text": "text of 1 to {longest} characters",
  "config.allowed.absolutePath": "an absolute path",
  "config.allowed.program": "a program's name or its absolute path, without arguments",
  "config.allowed.zoneId": "z1 to z16",
  "config.allowed.device":
    "an ALSA device that names its card by id, as `aplay -L` lists it (plughw:CARD=loaz1,DEV=0); " +
    "never by number, because numbers change at a reboot",
  "config.allowed.profileName": "small letters, digits and hyphens, at most 64",
  "config.allowed.zones": "a list of 1 to {most} zones",
  "config.allowed.differingZones": "zones that differ in id and in device",
  "config.allowed.period": "at most half of bufferMs",
  "config.allowed.group": "a group of keys: {keys}",

  "config.fault.value": "{path}: found {found}; allowed: {allowed}",
  "config.fault.missing": "{path}: missing; allowed: {allowed}",
  "config.fault.unknown": "{path}: unknown key; known here: {known}",
  "config.fault.misspelt": "{path}: unknown key; did you mean {meant}?",
  "config.fault.root": "the file",

  "failure.configInvalid.message": "faults in {file}: {count}\n{faults}",
  "failure.configInvalid.hint": "Correct the lines named above, then run `loa config check --config {file}`.",
  "failure.profileInvalid.message": "faults in profile {file}: {count}\n{faults}",
  "failure.profileInvalid.hint": "Correct the lines named above, then run `loa config check --profile {file}`.",
  "failure.fileUnreadable.message": "{file} can't be read: {reason}",
  "failure.fileUnreadable.hint": "Check the path and that the agent's user may read it.",
  "failure.notJson.message": "{file} is not JSON: {reason}",
  "failure.notJson.hint": "JSON wants double quotes, commas between entries and none after the last one.",
  "failure.profileUnknown.message": "there is no profile {name}; there are: {known}",
  "failure.profileUnknown.hint": "Give one of these names, or the path of a profile file (with a / in it).",

  "config.description": "the settings file and the firmware profile",
  "config.check.description":
    "say whether settings and profile are right; every fault at once, exit code 3 if there is one",
  "config.check.examples": "  loa config check --config ./config.json --profile ./profile.json",
  "config.show.description": "show every setting with the value in force",
  "config.show.examples": "  loa config show\n  loa config show --profile virtual --json",
  "config.check.good": "{file}: good",
  "config.check.defaults": "good: there is no {file}, so every setting has its default",
  "config.show.heading.key": "setting",
  "config.show.heading.value": "value",
  "config.show.heading.default": "default, if another",
  "config.show.profile": "profile {name}",

  "config.docs.description": "explain every setting: what is allowed, the default, what it is for",
  "config.docs.option.markdown": "print it as a Markdown page",
  "config.docs.examples": "  loa config docs | less\n  loa config docs --markdown > settings.md",
  "config.docs.entry": "{path}\n    {sentence}\n    allowed: {allowed}\n    default: {usual}   example: {example}",
  "config.docs.title": "Settings",
  "config.docs.intro":
    "Made by `npm run docs` from `src/config/schema.ts` and `src/config/profile.ts`; a check fails when it differs. " +
    "Every key may be left out where a default stands; unknown keys are refused.",
  "config.docs.config": "The agent's settings: `{file}`, or `--config FILE`",
  "config.docs.profile": "Firmware profile: `firmware-profiles/NAME.json`, or `--profile FILE`",
  "config.docs.columns": "| key | allowed | default | meaning | example |",
  "config.docs.required": "must be given",
} as const;
