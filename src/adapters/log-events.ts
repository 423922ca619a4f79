/**
 * Every event the agent writes, and what it means: who searches the journal or counts events starts here. A test compares this
 * list with the source. Levels: `fatal` the daemon stops; `error` something is out of service until somebody acts; `warn` one
 * thing went wrong and somebody should look; `info` what the centre would ask about; `debug` the rest.
 */
export const LOG_EVENTS = {
  "agent.starting": "The agent begins its start.",
  "agent.started": "Every part runs; the time it took is with it.",
  "agent.stopping": "The agent was told to stop.",
  "agent.stopped": "Every part has ended, or was left behind by name.",
  "agent.part-failed": "A part of the agent did not start or stop as it should.",
  "agent.notify-failed": "systemd could not be told of our state.",
  "agent.sound-hangs": "The sound thread gives no sign of life: systemd is not told otherwise, and restarts the agent.",
  "agent.inventory-failed": "The description of the machine could not be read; birth goes without it.",
  "internal.fault": "A mistake of ours was caught where nobody else would have seen it.",

  "link.up": "Connected to a broker.",
  "link.down": "A connection was lost; the loss says how.",
  "link.failed": "An attempt to connect failed. Told once for each kind of trouble, the rest at debug.",
  "link.fault":
    "Handling a message or an event of the link failed; the connection is dropped and the broker sends again.",
  "link.subscribe-failed": "A subscription was refused or broke off.",
  "link.publish-refused": "The broker refused one of our reports.",

  "order.accepted": "A signed order was verified and stored.",
  "order.pending":
    "A well-signed message waits: another placement may name us, another holder may sign it, or its key become valid.",
  "order.cosigned": "An accepted order came again with another holder's signature.",
  "order.weakened": "One of an accepted order's signatures hung on a revoked key; it goes on with the others.",
  "order.refused": "An order with a good signature was refused; the code says why.",
  "order.cancelled": "An update or a cancel took an order off the air, or kept it off.",
  "order.withdrawn": "Two indexes of its issuer in a row don't name an order: it ends with what sounds of it.",
  "control.accepted": "A halt, hold or resume was verified and stored.",
  "order.expired": "An order's time ran out before it was heard.",
  "message.refused": "A message without a good signature was refused.",
  "filter.flooded":
    "Messages without effect came too fast on this filter: for a minute it is polled instead of listened to.",
  "message.refused-count": "How many more were refused for the same reason in the last minute.",
  "trust.accepted": "A root, placement, policy or list of revoked keys was verified and is in force.",

  "audio.fetching": "Chunks of an item are asked for.",
  "audio.ready": "An item's audio is complete and matches its hash.",
  "audio.mismatch": "A chunk or a file does not match its hash and counts as missing.",
  "audio.missing": "No source sends some chunks; the centre is told which.",
  "audio.evicted": "Stored audio was removed to make room.",

  "play.started": "The first frame of an item went to the device.",
  "play.ended": "An item's sound ended: how, and how many frames were taken.",
  "play.failed": "An item that should sound did not.",

  "evidence.acknowledged": "The centre has verified the records up to this one.",

  "clock.changed": "The clock became trustworthy, or ceased to be; the trouble says why.",
  "clock.source": "The time service began to vouch for the clock, or ceased to.",
  "clock.stepped": "The wall clock was set; what waits for an instant was armed anew.",
  "clock.unreadable": "The time service does not answer.",

  "network.asked": "What a beacon or an index names and is not here was asked for again.",
  "time.asked": "The centre was asked for the time.",
  "time.answered": "A signed answer to our question for the time came; the clock goes on from it.",
  "time.ignored": "A signed time answer came too late, or nobody had asked.",

  "store.broken": "A database is damaged; it was put aside and made anew.",
  "store.failed": "A transaction failed.",
  "store.reserve-used": "On a full disk a part of the room kept for it was given up: what matters can be written.",

  "alarm.raised": "A fault was reported to the centre.",
  "alarm.cleared": "A reported fault is over.",
  "status.failed": "A question on the status socket could not be answered.",
} as const;
