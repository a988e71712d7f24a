import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { operationIndex } from "../../../src/operations/registry.ts";
import { createRouteMatcher } from "../../../src/operations/routes.ts";

/** A cloud of job runs that all run until they are cancelled, and that counts the cancels of each. */
export interface JobRunCloud {
  host: string;
  cancelsOf(jobRunId: string): number;
  /** Over all targets, including any that nobody meant. */
  cancels(): number;
  close(): Promise<void>;
}

/** Answers out of order: a cancel takes effect when it is answered, so whoever reads meanwhile still sees a running job. */
const delaysMs = [2, 9, 4, 14];

export async function startJobRunCloud(): Promise<JobRunCloud> {
  const matchRoute = createRouteMatcher(operationIndex);
  const arrived: string[] = [];
  const ended = new Set<string>();
  let requests = 0;

  const server = createServer((request, response) => {
    const match = matchRoute(request.method ?? "", (request.url ?? "").split("?")[0] ?? "");
    const jobRunId = match?.parameters.jobRunId ?? "unknown";
    if (match?.operation === "CancelJobRun") arrived.push(jobRunId);
    requests += 1;
    request.resume();
    void delay(delaysMs[requests % delaysMs.length]).then(() => {
      if (match?.operation === "CancelJobRun") ended.add(jobRunId);
      const state = ended.has(jobRunId) ? "Cancelled" : "Running";
      const jobRun = { jobRunId, name: "nightly", state, resourceQueueId: "root_queue", codeType: "PYTHON" };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ requestId: "req-1", ...(match?.operation === "GetJobRun" && { jobRun }) }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    cancelsOf: (jobRunId) => arrived.filter((each) => each === jobRunId).length,
    cancels: () => arrived.length,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
