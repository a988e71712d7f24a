import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ok, rowSet, stringColumn, struct } from "../unit/kyuubi-client.support.ts";
import { openProcess, rowsIn } from "./kyuubi.support.ts";

const pages = 1_000;
const rowsOfPage = 1_000;
const mostGrowthMiB = 64;
/** Without it V8 lets garbage lie while there is memory, and what is kept could not be told from that. */
const bounded = { NODE_OPTIONS: "--max-old-space-size=96" };

test("a million rows are paged through without the server's memory growing with them", async () => {
  let next = 0;
  const total = pages * rowsOfPage;
  const answer = () => {
    const part = Array.from({ length: Math.min(1_001, total - next) }, () => String(next++).padStart(20, "0"));
    return struct({ 1: ok, 3: rowSet(stringColumn(part)) });
  };
  const { server, service } = await openProcess({ FetchResults: [answer] }, bounded);
  const first = await server.call("execute_kyuubi_sql", { ...service, sql: "SELECT a FROM numbers" });
  const { statementId } = first.data;
  let counted = rowsIn(first.text).length;
  let expected = counted;
  let before = 0;
  let most = 0;
  for (let page = 1, more = true; more; page++) {
    const { text: shown, data, isError } = await server.call("get_kyuubi_sql", { ...service, statementId, page });
    if (isError) throw new Error(shown);
    const values = rowsIn(shown);
    if (values.length > 0) expect(values[0]).toEqual([String(expected).padStart(20, "0")]);
    counted += values.length;
    expected = counted;
    more = data.more === true;
    if (page % 50 !== 0) continue;
    const resident = residentMiB(server.pid);
    if (page === 100) before = resident;
    if (page > 100) most = Math.max(most, resident);
  }
  expect(counted).toBe(total);
  expect(most - before).toBeLessThan(mostGrowthMiB);
}, 300_000);

function residentMiB(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) / 1_024;
}
