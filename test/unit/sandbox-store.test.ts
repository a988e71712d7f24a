import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStore } from "../../src/sandbox/store.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sandbox-store-"));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what was put is there after the file was opened again", () => {
  const store = openStore(join(folder, "state.db"));
  store.put("queue", "a", { cu: 1 });
  store.put("queue", "a", { cu: 2 });
  store.put("queue", "b", { cu: 3 });
  store.delete("queue", "b");
  store.close();
  const again = openStore(join(folder, "state.db"));
  expect(again.all("queue")).toEqual([{ cu: 2 }]);
  again.close();
});

test("a transaction that fails leaves nothing behind, neither in memory nor on disk", () => {
  const store = openStore(join(folder, "state.db"));
  store.put("queue", "a", { cu: 1 });
  const work = () => {
    store.put("queue", "a", { cu: 2 });
    store.put("queue", "b", { cu: 3 });
    throw new Error("no");
  };
  expect(() => store.transaction(work)).toThrow("no");
  expect(store.all("queue")).toEqual([{ cu: 1 }]);
  store.close();
  const again = openStore(join(folder, "state.db"));
  expect(again.all("queue")).toEqual([{ cu: 1 }]);
  again.close();
});
