import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { startConformanceServer } from "../fixtures/conformance-server.ts";

const suite = fileURLToPath(import.meta.resolve("@modelcontextprotocol/conformance/dist/index.js"));

/** Scenarios of the tasks extension, which this server does not offer: a job run's id is its handle. */
const tasksExtension = [
  "tasks-lifecycle",
  "tasks-capability-negotiation",
  "tasks-wire-fields",
  "tasks-request-state-removal",
  "tasks-mrtr-input",
  "tasks-request-headers",
  "tasks-dispatch-and-envelope",
  "tasks-required-task-error",
  "tasks-mrtr-composition",
];

test.each([
  { revision: "2026-07-28", scenarios: 50, failing: tasksExtension },
  { revision: "2025-11-25", scenarios: 33, failing: [] },
])(
  "the official conformance suite passes for $revision",
  async ({ revision, scenarios, failing }) => {
    const folder = await mkdtemp(join(tmpdir(), "conformance-"));
    const server = await startConformanceServer();
    try {
      const args = [suite, "server", "--url", server.url, "--requirements", revision, "-o", folder];
      // It exits with another code than 0, and this rejects, when a scenario that the revision requires fails.
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
      const summary = [...stdout.matchAll(/^([✓✗]) (\S+): \d+ passed, (\d+) failed/gm)];
      expect(summary).toHaveLength(scenarios);
      expect(summary.filter(([, mark]) => mark === "✗").map(([, , name]) => name)).toEqual(failing);
    } finally {
      await server.close();
      await rm(folder, { recursive: true });
    }
  },
  90_000,
);
