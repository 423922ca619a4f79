/** `loa run`. */
export const runTexts = {
  "run.description": "run the agent: receive, verify, play, prove",
  "run.option.profile": "the box model: a name of firmware-profiles/, or a file",
  "run.option.enrolment": "the folder that `loa enrol` put in place",
  "run.examples":
    "  loa run --profile raspberry-pi-4-usb-dac\n  loa run --profile ./my-box.json --enrolment ./enrolment --config ./config.json",
} as const;
