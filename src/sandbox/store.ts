import { DatabaseSync } from "node:sqlite";

/**
 * Documents on disk, one table for all kinds. Reads come from memory, since the sandbox is the only writer;
 * writes go through to the file at once, so that a restart finds everything that was answered.
 */
export interface Store {
  all(kind: string): unknown[];
  get(kind: string, id: string): unknown;
  put(kind: string, id: string, document: object): void;
  delete(kind: string, id: string): void;
  /** All writes in `work` reach the disk together or not at all. */
  transaction<T>(work: () => T): T;
  close(): void;
}

export function openStore(file: string): Store {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  database.exec(
    "CREATE TABLE IF NOT EXISTS documents (kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID",
  );
  const upsert = database.prepare(
    "INSERT INTO documents (kind, id, body) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
  );
  const remove = database.prepare("DELETE FROM documents WHERE kind = ? AND id = ?");

  let kinds = readAll(database);

  return {
    all: (kind) => [...(kinds.get(kind)?.values() ?? [])],
    get: (kind, id) => kinds.get(kind)?.get(id),
    put(kind, id, document) {
      upsert.run(kind, id, JSON.stringify(document));
      ofKind(kinds, kind).set(id, document);
    },
    delete(kind, id) {
      remove.run(kind, id);
      kinds.get(kind)?.delete(id);
    },
    transaction(work) {
      if (database.isTransaction) return work();
      database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        database.exec("ROLLBACK");
        kinds = readAll(database);
        throw error;
      }
    },
    close: () => database.close(),
  };
}

type Kinds = Map<string, Map<string, unknown>>;

function readAll(database: DatabaseSync): Kinds {
  const kinds: Kinds = new Map();
  for (const row of database.prepare("SELECT kind, id, body FROM documents").all()) {
    ofKind(kinds, String(row.kind)).set(String(row.id), JSON.parse(String(row.body)));
  }
  return kinds;
}

function ofKind(kinds: Kinds, kind: string): Map<string, unknown> {
  const known = kinds.get(kind);
  if (known) return known;
  const fresh = new Map<string, unknown>();
  kinds.set(kind, fresh);
  return fresh;
}
