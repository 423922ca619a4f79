import type { Signer } from "../domain/ports.ts";
import type { Root } from "../domain/trust.ts";
import type { KeyCabinet } from "./authority.ts";
import { deskFailure } from "./failure.ts";
import { keyFilesIn } from "./key-file.ts";

/**
 * Opens root keys of as many holders as it takes, in the order of the root; those whose key is not here are passed over.
 * @throws AgentFailure `desk-invalid` when too few are here
 */
export async function openRootKeys(
  { folder, keys }: KeyCabinet,
  { keys: listed }: Pick<Root, "keys">,
  needed: number,
): Promise<{ readonly signers: readonly Signer[]; readonly holders: readonly string[] }> {
  const here = [...keyFilesIn(folder.rootKeys).values()].map(({ key }) => key);
  const present = listed.filter(
    ({ publicKey, holder }, index) =>
      here.some((key) => key.publicKey === publicKey) && listed.findIndex((one) => one.holder === holder) === index,
  );
  if (present.length < needed) {
    const absent = listed.filter((one) => !present.includes(one)).map(({ holder }) => holder);
    throw deskFailure("desk.root.absent", { needed, absent: absent.join(", "), path: folder.rootKeys });
  }
  const chosen = present.slice(0, needed);
  const signers: Signer[] = [];
  for (const { publicKey } of chosen) {
    const locked = here.find((key) => key.publicKey === publicKey);
    if (locked !== undefined) signers.push(await keys.open(locked));
  }
  return { signers, holders: chosen.map(({ holder }) => holder) };
}
