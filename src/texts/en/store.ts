/** Failures of the two databases. */
export const storeTexts = {
  "failure.databaseNewer.message":
    "{path} was written by a newer agent (database version {found}; this agent knows up to {known})",
  "failure.databaseNewer.hint":
    "Nothing was changed. Install the newer agent again, or move the file away to begin with an empty database.",
  "failure.databaseForeign.message": "{path} belongs to gateway {found}, but the enrolment is for {expected}",
  "failure.databaseForeign.hint": "Nothing was changed. Give each gateway its own data folder, or move the file away.",
  "failure.folderTaken.message": "Another agent works on the data folder {folder}",
  "failure.folderTaken.hint": "Stop it first, or give this one a data folder of its own (dataDirectory).",
  "failure.databaseUnusable.message": "{path} can't be used: {reason}",
  "failure.databaseUnusable.hint":
    "Look at the disk (dmesg), at the owner and mode of the folder, and for a second agent on the same folder.",
  "failure.migration.message": "A database can't be brought to version {version}. {reason}",
  "failure.migration.hint": "Nothing was changed. Install the agent that ran here before, and report this.",
  "failure.diskFull.message": "No room left on the disk for {path}",
  "failure.diskFull.hint": "Free space on this partition; the agent goes on by itself as soon as there is room.",
} as const;
