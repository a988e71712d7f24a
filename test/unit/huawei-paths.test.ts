import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { deletionTarget, foreignDeletion, isPlainPath } from "../../src/clouds/huawei/paths.ts";

describe("a path with one spelling only", () => {
  test.each(["/v1.0/p1/queues/etl_1", "/v2.0/p1/batches/a-b", "/v1.0/p1/databases/%E6%95%B0", "/v3/auth/tokens"])(
    "%s is one",
    (path) => {
      expect(isPlainPath(path)).toBe(true);
    },
  );

  test.each([
    "",
    "v1.0/p1",
    "/v1.0//queues",
    "/v1.0/p1/queues/",
    "/v1.0/p1/queues/..",
    "/v1.0/p1/queues/.",
    "/v1.0/p1/queues/%2e%2e",
    "/v1.0/p1/queues/%2E%2E",
    "/v1.0/p1/queues/%252e%252e",
    "/v1.0/p1/queues/a%2Fb",
    "/v1.0/p1/queues/a%5Cb",
    "/v1.0/p1/queues/a\\b",
    "/v1.0/p1/queues/a%00",
    "/v1.0/p1/queues/a;b",
    "/v1.0/p1/queues/a?b",
    "/v1.0/p1/queues/a#b",
    "/v1.0/p1/queues/%zz",
    "/v1.0/p1/queues/%61",
    "/v1.0/p1/queues/数",
  ])("%j is none", (path) => {
    expect(isPlainPath(path)).toBe(false);
  });
});

describe("what a DELETE would take away", () => {
  test.each([
    ["/v3/p1/elastic-resource-pools/pool1", "pool"],
    ["/v1.0/p1/queues/q1", "queue"],
    ["/v1.0/p1/queues", "queue"],
    ["/v1.0/p1/databases/db1", "database"],
    ["/v1.0/p1/databases/db1/tables/t1", "table"],
    ["/v1.0/p1/batches/../queues/q1", "queue"],
    ["/v1.0/p1/queues/q1/plans/%2e%2e/..", "queue"],
    ["/v1.0/p1/%71ueues/q1", "queue"],
    ["/v1.0/p1/%2571ueues/q1", "queue"],
    ["/v1.0/p1//QUEUES/q1/", "queue"],
    ["/v1.0/p1\\queues\\q1", "queue"],
    ["/v2.0/p1/batches/b1", undefined],
    ["/v1/p1/queues/q1/plans/3", undefined],
    ["/v3/p1/queues/q1/properties", undefined],
    ["/v1.0/p1/jobs/j1", undefined],
  ])("%s: %s", (path, target) => {
    expect(deletionTarget("DELETE", path)).toBe(target);
    expect(deletionTarget("GET", path)).toBeUndefined();
  });

  test("only the operation of that name may take it away", () => {
    const path = "/v1.0/p1/queues/q1";
    expect(foreignDeletion("DeleteQueue", "DELETE", path)).toBeUndefined();
    expect(foreignDeletion("DeleteDatabase", "DELETE", path)).toBe("queue");
    expect(foreignDeletion("CancelSparkJob", "DELETE", path)).toBe("queue");
    expect(foreignDeletion("toString", "DELETE", path)).toBe("queue");
  });

  test("no encoding of a plain name is refused, none of a deletion goes unseen", () => {
    const name = fc.stringMatching(/^[A-Za-z0-9_]{1,20}$/);
    const twice = (text: string, rounds: number) => {
      let encoded = text;
      for (let round = 0; round < rounds; round++) {
        encoded = [...encoded].map((each) => `%${(each.codePointAt(0) ?? 0).toString(16).padStart(2, "0")}`).join("");
      }
      return encoded;
    };
    fc.assert(
      fc.property(name, fc.integer({ min: 0, max: 3 }), (queue, rounds) => {
        expect(isPlainPath(`/v1.0/p1/queues/${queue}`)).toBe(true);
        expect(deletionTarget("DELETE", `/v1.0/p1/${twice("queues", rounds)}/${queue}`)).toBe("queue");
      }),
    );
  });
});
