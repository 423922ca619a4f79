/** What an office does about who is trusted, and where gateways stand. */
export const deskTrustTexts = {
  "desk.authority.description": "make an authority: an issuer that may let others speak, within what it may do itself",
  "desk.authority.examples":
    "  loa desk authority ubnd.tinh-a --areas tinh-a --severity-max 1 --holder 'Nguyễn Thị Lan'",
  "desk.revoke.description":
    "take keys out of use for good, at every gateway; retired: given up; compromised: in somebody else's hands",
  "desk.revoke.argument":
    "the issuer whose keys they are, or the kid of one key; of a revoked one too: its list is signed anew",
  "desk.revoke.option.reason":
    "retired, or compromised: gateways also stop and forget what it has ordered since --from",
  "desk.revoke.option.from":
    "since when it must not count: 2026-11-20T08:00:00+07:00, or 3d for three days ago (default: now)",
  "desk.revoke.option.holder": "only this holder's key",
  "desk.revoke.option.by":
    "who revokes: a higher authority, or the same issuer (default: the desk's operations, else another holder of the issuer)",
  "desk.revoke.examples": "  loa desk revoke ubnd.hoa-binh --holder 'Nguyễn Thị Lan' --reason compromised --from 2d",
  "desk.revoke.done": "revoked since {from}: {holders}. Make a new key: loa desk issuer NAME --holder NAME ...",
  "desk.revoke.unknown.message": "there is no key {subject} at this desk",
  "desk.revoke.unknown.hint": "Give an issuer's name with --holder, or the kid that `loa desk issuer` printed.",
  "desk.revoke.right.message":
    "{by} can't revoke this: gateways heed a holder of the same issuer with the use revoke, or a higher authority",
  "desk.revoke.right.hint": "Name one with --by, or make one: loa desk issuer NAME --holder NAME --uses revoke ...",
  "desk.revoke.reach.message": "{by} can't revoke this everywhere: in {areas} the key would go on speaking",
  "desk.revoke.reach.hint":
    "Nothing was sent. Name who covers all of its areas with --by, or make one: loa desk issuer NAME --holder NAME --uses revoke --areas ...",
  "desk.revoke.full.message": "{by} would have {keys} revoked keys that have not ended yet; a list has room for {most}",
  "desk.revoke.full.hint": "Nothing was sent. Let a higher authority revoke this one, with --by.",
  "desk.revoke.endsEarly":
    "THE LIST ENDS AT {until}, BEFORE A KEY THAT IT NAMES. A box that is enrolled later would believe that key: `loa desk serve` tells 30 days before what to type. Who revokes should hold a key that lasts as long: loa desk issuer NAME --holder NAME --uses revoke --days ...",
  "desk.revoke.time.message": "{text} is no point in time",
  "desk.revoke.time.hint": "Write 2026-11-20T08:00:00+07:00, or 3d for three days ago.",
  "desk.place.description": "give gateways a new placement: areas after a merger of communes, zones, loudness",
  "desk.place.argument": "gateways by their ids",
  "desk.place.option.in": "and all that stand in one of these areas",
  "desk.place.option.commune": "the commune from now on; the one before stays beside it, until --drop",
  "desk.place.option.drop": "areas that are no more",
  "desk.place.option.zones": "the zones with their tags, all of them: z1,z2=market+school",
  "desk.place.option.gain": "loudness of zones in dB, 0 at most: z1=-6,z2=-3",
  "desk.place.option.emergencyGain": "the same for emergencies",
  "desk.place.examples":
    "  loa desk place --in xa-hoa-binh --commune xa-hoa-an          # merged; both names hold\n  loa desk place --in xa-hoa-an --drop xa-hoa-binh             # 30 days later\n  loa desk place 7k3m9q2w5x8y --gain z1=-6",
  "desk.place.heading.areas": "areas",
  "desk.place.done": "placed anew: {gateways} gateway(s)",
  "desk.place.unknown.message": "no gateway of this desk is or stands in {subject}",
  "desk.place.unknown.hint": "Look at `loa desk gateways`.",
  "desk.place.refused.message": "gateway {gateway} would refuse this placement ({code}): {detail}",
  "desk.place.refused.hint": "Nothing was sent. A placement keeps its commune, and names no area and no zone twice.",
  "desk.place.gain.message": "{text} is no gain of a zone",
  "desk.place.gain.hint": "Write the zone and decibels from -60 to 0: z1=-6",
  "desk.policy.description": "show the rules that gateways go by, or sign and publish new ones",
  "desk.policy.argument": "JSON file with the new rules; without it those in force are printed",
  "desk.policy.examples": "  loa desk policy > rules.json\n  loa desk policy rules.json",
  "desk.policy.what": "{text}\nnew rules for every gateway, until {until}",
  "desk.policy.file.message": "{path} is no JSON file: {reason}",
  "desk.policy.file.hint": "Begin with what `loa desk policy` prints.",
  "desk.rotate.description":
    "make the next root: other holders of root keys, signed by holders of this one and of the next",
  "desk.rotate.option.add": "who gets a new root key, names separated by commas",
  "desk.rotate.option.remove": "whose root key goes; with the same name in --add it is replaced",
  "desk.rotate.examples":
    "  loa desk rotate --remove 'Lê Văn An' --add 'Đỗ Thị Hoa'\n  loa desk rotate --remove 'Lê Văn An' --add 'Đỗ Thị Hoa' --draft next-root.json    # a holder is elsewhere",
  "desk.rotate.what": "root version {version}: {holders}; {threshold} of them must sign; until {until}",
  "desk.rotate.unknown.message": "{name} holds no root key",
  "desk.rotate.unknown.hint": "Root keys are held by: {holders}",
  "desk.rotate.twice.message": "{name} holds a root key already",
  "desk.rotate.twice.hint": "To replace it, name the same in --remove.",
  "desk.rotate.overtaken.message":
    "version {version} of the root can't follow version {inForce}, which is the last by now",
  "desk.rotate.overtaken.hint":
    "Nothing was sent. Another rotation was first, or this one has happened already: see `loa desk audit`. What is still to change, change anew: loa desk rotate ...",
  "desk.rotate.unfinished.message": "the next root is signed, and not yet in force everywhere at this desk: {reason}",
  "desk.rotate.unfinished.hint":
    "Take away what is in its way and keep {path}: the next command at this desk finishes it, and `loa desk serve` sends it.",
} as const;
