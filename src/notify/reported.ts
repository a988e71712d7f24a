import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/**
 * Which ends of jobs were told, and to whom: several servers on one machine watch the same jobs, and a server that
 * starts takes up what the last one left.
 */
export interface Reported {
  /** True for the first who asks: tell it. */
  claim(key: string): boolean;
  has(key: string): boolean;
  /** It was not told after all. */
  release(key: string): void;
  /** Since when this is kept; what happened before is nobody's news. */
  since: number;
  close(): void;
}

const keptMs = 7 * 24 * 60 * 60_000;

export function openReported(file: string, now: number): Reported {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec(`
    pragma journal_mode = wal;
    create table if not exists reported (key text primary key, at integer not null) strict, without rowid;
    create table if not exists begun (at integer not null) strict;
  `);
  database.prepare("insert into begun select ? where not exists (select 1 from begun)").run(now);
  database.prepare("delete from reported where at < ?").run(now - keptMs);
  const insert = database.prepare("insert or ignore into reported (key, at) values (?, ?)");
  const select = database.prepare("select 1 from reported where key = ?");
  const remove = database.prepare("delete from reported where key = ?");
  return {
    claim: (key) => Number(insert.run(key, Date.now()).changes) === 1,
    has: (key) => select.get(key) !== undefined,
    release: (key) => void remove.run(key),
    since: Number(database.prepare("select min(at) as at from begun").get()?.at),
    close: () => database.close(),
  };
}
