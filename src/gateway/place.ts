import type { Where } from "./types.ts";

/** Where a request goes, as the ledger and a person read it. */
export function placeOf({ environment, regionId, identity }: Where): string {
  return `${environment}, ${regionId}, ${identity}`;
}
