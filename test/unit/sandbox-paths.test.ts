import { expect, test } from "vitest";
import { normalisePath } from "../../src/sandbox/paths.ts";

test.each([
  ["/api/v1/workspaces/w-1/jobRuns/..", "/api/v1/workspaces/w-1"],
  ["/api/v1/workspaces/w-1/jobRuns/%2e%2E", "/api/v1/workspaces/w-1"],
  ["/api/v1/workspaces/w-1/jobRuns/x%2F..%2f..", "/api/v1/workspaces/w-1"],
  ["/api/v1//workspaces/./w-1/", "/api/v1/workspaces/w-1"],
  ["/api/v1/workspaces/w-1/jobRuns\\..", "/api/v1/workspaces/w-1"],
  ["/../../api", "/api"],
  ["/api/v1/workspaces/w-1/jobRuns/jr-1", "/api/v1/workspaces/w-1/jobRuns/jr-1"],
])("a gateway reads %s as %s", (raw, read) => {
  expect(normalisePath(raw)).toBe(read);
});
