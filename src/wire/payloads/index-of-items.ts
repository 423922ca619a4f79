import * as v from "valibot";
import type { Index } from "../../domain/trust.ts";
import { broadcastClass } from "./broadcast.ts";
import {
  areaId,
  areDistinct,
  downMembers,
  endsAfterItBegins,
  hash,
  list,
  ulid,
  understood,
  unixSeconds,
} from "./members.ts";

/** As many as 128 KiB hold beside four signatures and their chains. */
const MAX_ITEMS = 600;

const members = {
  ...downMembers,
  type: v.literal("index"),
  area: areaId,
  items: list(v.object({ id: ulid, hash, class: broadcastClass, expiresAt: unixSeconds }), 0, MAX_ITEMS),
};

export const indexSchema: v.GenericSchema<unknown, Index> = v.pipe(
  v.object(members),
  understood(members),
  endsAfterItBegins(),
  v.check(({ items }) => areDistinct(items.map((item) => item.id)), "an id twice"),
);
