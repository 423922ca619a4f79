import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { groundOf } from "../../src/core/areas.ts";
import { matchedZones } from "../../src/core/targets.ts";
import { enrolGateway } from "../../src/desk/enrolment.ts";
import { planRelocation, publishRelocation, type RelocationRequest } from "../../src/desk/relocation.ts";
import { openDown } from "../../src/wire/envelope.ts";
import { areaDocumentTopic } from "../../src/wire/topics.ts";
import { aBroadcast, aPlacement } from "../fakes/builders.ts";
import { aSite } from "../fixtures/desk-access.ts";
import { loa } from "./support/cli.ts";
import { BULLETIN, COMMUNE, deskBench, ISSUER, type OpenDesk, onlooker, thisMoment } from "./support/desk.ts";
import { until } from "./support/link.ts";
import { GATEWAY, station } from "./support/station.ts";

const MERGED = "xa-hoa-an";

test("communes merge, a box hears by both names, then by the new one; a stolen key is revoked", async () => {
  const commune = await station();
  const agent = await commune.startSubscribed();
  const { folder } = commune.bench;
  const run = async (...words: readonly string[]) => {
    const ran = await loa("desk", ...words, "--desk", folder, "--json");
    return { code: ran.code, said: JSON.parse(ran.stdout) };
  };
  const say = (issuer: string, area: string) =>
    run("broadcast", "--issuer", issuer, "--to", area, "--title", "Bản tin", "--audio", BULLETIN);
  const heard = async (id: string) => {
    await agent.until("play.started", (line) => line["id"] === id);
    expect(await run("cancel", id)).toMatchObject({ code: 0 });
  };

  const placed = await run("place", "--in", COMMUNE, "--commune", MERGED, "--gain", "z1=-3");
  expect(placed).toMatchObject({ code: 0, said: { placements: [{ gateway: GATEWAY, commune: MERGED }] } });
  expect(placed.said.placements[0].zones).toMatchObject([{ id: "z1", gainCentiDb: -300 }]);
  expect(await run("issuer", "ubnd.hoa-an", "--areas", MERGED)).toMatchObject({ code: 0 });
  const old = await say(ISSUER, COMMUNE);
  expect(old).toMatchObject({ code: 0 });
  await heard(old.said.id);
  const merged = await say("ubnd.hoa-an", MERGED);
  await heard(merged.said.id);

  expect(await run("place", GATEWAY, "--drop", COMMUNE)).toMatchObject({ code: 0 });
  expect(await say(ISSUER, COMMUNE)).toMatchObject({ code: 8 });
  expect(await run("place", "aaaaaaaaaaaa", "--gain", "z1=-3")).toMatchObject({ code: 8 });
  expect(await run("place", GATEWAY, "--drop", MERGED)).toMatchObject({ code: 8 });

  const seen = await onlooker(commune.desk, ["loa/1/area/+/revoked/+"]);
  const revoked = await run("revoke", "ubnd.hoa-an", "--reason", "compromised", "--from", "2h");
  // The key by which the service said what it has in force goes too.
  expect(revoked).toMatchObject({ code: 0, said: { keys: [{ holder: "desk serve" }, { issuer: "ubnd.hoa-an" }] } });
  await run("revoke", ISSUER, "--reason", "retired");
  const topic = areaDocumentTopic("revoked", "tinh-a", "operations");
  const kids = () => {
    const opened = openDown(seen.get(topic)?.payload ?? Buffer.alloc(0), {
      ...{ kind: "revoked", area: "tinh-a", issuer: "operations" },
    });
    return opened.kind === "opened" && opened.sealed.payload.type === "revoked" ? opened.sealed.payload.keys : [];
  };
  await until(() => kids().length === 3, "both revocations");
  expect(kids()).toMatchObject([
    { kid: revoked.said.keys[0].kid, reason: "compromised", from: revoked.said.from },
    { kid: revoked.said.keys[1].kid, reason: "compromised", from: revoked.said.from },
    { kid: commune.issuer.signer.kid, reason: "retired" },
  ]);
  expect(readdirSync(commune.desk.folder.issuer("ubnd.hoa-an"))).toEqual(["revoked"]);
  expect(await say("ubnd.hoa-an", MERGED)).toMatchObject({ code: 8 });
  expect(await run("revoke", "ubnd.hoa-an", "--reason", "retired")).toMatchObject({ code: 8 });
  // The desk's operations are no higher than a province: there another holder of the same issuer has to.
  const office = ["issuer", "pctt.tinh-a", "--level", "province", "--areas", "tinh-a", "--holder"];
  expect(await run(...office, "Lan")).toMatchObject({ code: 0 });
  const lans = ["revoke", "pctt.tinh-a", "--holder", "Lan", "--reason", "compromised"];
  expect(await run(...lans)).toMatchObject({
    code: 8,
    said: { error: { hint: expect.stringContaining("--uses revoke") } },
  });
  expect(await run(...office, "Minh", "--uses", "revoke")).toMatchObject({ code: 0 });
  expect(await run(...lans)).toMatchObject({ code: 0, said: { topics: ["loa/1/area/tinh-a/revoked/pctt.tinh-a"] } });
  // Who lost it gets a new one.
  expect(await run("issuer", "ubnd.hoa-an", "--areas", MERGED)).toMatchObject({ code: 0 });

  const { entries, intact } = (await run("audit")).said;
  expect(intact).toBe(true);
  expect(entries.map(({ act }: { act: string }) => act)).toEqual(
    expect.arrayContaining(["root", "issuer", "gateway", "place", "broadcast", "cancel", "revoke"]),
  );
});

/** Relocates all gateways in an area, and tells whose orders to the market are heard there. */
async function marketAfter(desk: OpenDesk, changes: Partial<RelocationRequest>) {
  const request = { gateways: [], inAreas: ["cho-lon"], add: [], drop: [], gains: [], emergencyGains: [], ...changes };
  const planned = await planRelocation(desk, request, thisMoment());
  await publishRelocation(desk, planned, { publish: async () => ({ kind: "acknowledged" }) }, thisMoment());
  const ground = groundOf(desk.database.register.find(GATEWAY)?.placement ?? aPlacement());
  const order = aBroadcast({ targets: [{ area: "cho-lon" }] });
  return [COMMUNE, MERGED, "xa-lon", "tinh-a"].filter((area) => matchedZones(order, [[area]], ground).length > 0);
}

test("special areas of a merged commune go over to the new one, and the old one's office is heard there no more", async () => {
  const { desk } = await deskBench();
  await enrolGateway(desk, aSite({ areas: [{ id: "cho-lon", kind: "special" }] }), thisMoment());
  expect(await marketAfter(desk, { commune: MERGED })).toEqual([COMMUNE, MERGED, "tinh-a"]);
  expect(await marketAfter(desk, { drop: [COMMUNE] })).toEqual([MERGED, "tinh-a"]);
  // And where two mergers are dropped at once.
  expect(await marketAfter(desk, { commune: "xa-lon", drop: [MERGED] })).toEqual(["xa-lon", "tinh-a"]);
});

test("a special area that was left within a dropped name is mended by dropping that again", async () => {
  const { desk } = await deskBench();
  await enrolGateway(desk, aSite({ areas: [{ id: "cho-lon", kind: "special" }] }), thisMoment());
  await marketAfter(desk, { commune: MERGED });
  const { placement } = desk.database.register.find(GATEWAY) ?? {};
  if (placement === undefined) throw new Error("no placement");
  desk.database.register.place({ ...placement, areas: placement.areas.filter(({ id }) => id !== COMMUNE) });
  expect(await marketAfter(desk, {})).toEqual([COMMUNE]);
  expect(await marketAfter(desk, { drop: [COMMUNE] })).toEqual([MERGED, "tinh-a"]);
});
