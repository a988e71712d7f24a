import { openAsBlob } from "node:fs";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { rootCause } from "./words.ts";

/** What is read of Flink's REST API (1.20, "REST API" in its documentation); more is in the answers. */
export interface JobDetails {
  jid: string;
  state: string;
  "start-time": number;
  vertices: {
    id: string;
    name: string;
    parallelism: number;
    status: string;
    metrics: Record<"read-bytes" | "write-bytes" | "read-records" | "write-records", number>;
  }[];
}

export interface TaskManagerInfo {
  id: string;
  slotsNumber: number;
  freeSlots: number;
}

export type Requirements = Record<string, { parallelism: { lowerBound: number; upperBound: number } }>;

export interface RunRequest {
  entryClass?: string;
  programArgsList: readonly string[];
  parallelism: number;
  savepointPath?: string;
  flinkConfiguration?: Readonly<Record<string, string>>;
}

/** Flink answered, and not with success. `message` is the innermost cause. */
export class FlinkRestError extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.name = "FlinkRestError";
    this.status = status;
  }
}

export type FlinkRest = ReturnType<typeof createFlinkRest>;

const requestMs = 20_000;
/** main() of a program runs in the request that submits it. */
const programMs = 180_000;

export function createFlinkRest(address: string, signal: AbortSignal) {
  async function call<Answer>(method: string, path: string, body?: unknown, limit = requestMs): Promise<Answer> {
    const json = body !== undefined && !(body instanceof FormData);
    const response = await fetch(`http://${address}${path}`, {
      method,
      signal: AbortSignal.any([signal, AbortSignal.timeout(limit)]),
      ...(json ? { headers: { "content-type": "application/json" } } : {}),
      ...(body === undefined ? {} : { body: json ? JSON.stringify(body) : body }),
    });
    const text = await response.text();
    if (!response.ok) throw new FlinkRestError(response.status, describeErrors(text));
    return JSON.parse(text === "" ? "{}" : text) as Answer;
  }
  const get = <Answer>(path: string) => call<Answer>("GET", path);

  /** Flink's asynchronous operations: a trigger, then its status until it is COMPLETED. */
  async function operate(jobId: string, trigger: string, body: unknown, statusPath: string): Promise<Operation> {
    const answer = await call<{ "request-id": string }>("POST", `/jobs/${jobId}/${trigger}`, body);
    for (;;) {
      const status = await get<{ status: { id: string }; operation?: Operation }>(
        `/jobs/${jobId}/${statusPath}/${answer["request-id"]}`,
      );
      if (status.status.id === "COMPLETED") {
        const cause = status.operation?.["failure-cause"];
        if (cause !== undefined) throw new Error(rootCause(cause["stack-trace"]));
        return status.operation ?? {};
      }
      await sleep(100, undefined, { signal });
    }
  }
  async function savepoint(jobId: string, trigger: string, body: unknown): Promise<string> {
    const { location } = await operate(jobId, trigger, body, "savepoints");
    if (location === undefined) throw new Error("Flink names no place for the savepoint");
    return toPath(location);
  }

  return {
    configuration: () => get<{ key: string; value: string }[]>("/jobmanager/config"),
    async taskManagers(): Promise<TaskManagerInfo[]> {
      return (await get<{ taskmanagers: TaskManagerInfo[] }>("/taskmanagers")).taskmanagers;
    },
    /** Id of the JAR for `run` and `planOf`. */
    async upload(jar: string): Promise<string> {
      const form = new FormData();
      form.set("jarfile", await openAsBlob(jar), basename(jar));
      const { filename } = await call<{ filename: string }>("POST", "/jars/upload", form, programMs);
      return basename(filename);
    },
    async run(jar: string, request: RunRequest): Promise<string> {
      return (await call<{ jobid: string }>("POST", `/jars/${jar}/run`, request, programMs)).jobid;
    },
    /** What Flink would run, without running it: parallelism by vertex. */
    async planOf(jar: string, request: RunRequest): Promise<Map<string, number>> {
      const { plan } = await call<{ plan: { nodes: { id: string; parallelism: number }[] } }>(
        "POST",
        `/jars/${jar}/plan`,
        request,
        programMs,
      );
      return new Map(plan.nodes.map(({ id, parallelism }) => [id, parallelism]));
    },
    job: (jobId: string) => get<JobDetails>(`/jobs/${jobId}`),
    async state(jobId: string): Promise<string> {
      return (await get<{ status: string }>(`/jobs/${jobId}/status`)).status;
    },
    async plan(jobId: string): Promise<unknown> {
      return (await get<{ plan: unknown }>(`/jobs/${jobId}/plan`)).plan;
    },
    async rootException(jobId: string): Promise<string | undefined> {
      const { exceptionHistory } = await get<{ exceptionHistory: { entries: { stacktrace: string }[] } }>(
        `/jobs/${jobId}/exceptions?maxExceptions=1`,
      );
      const trace = exceptionHistory.entries[0]?.stacktrace;
      return trace === undefined ? undefined : rootCause(trace);
    },
    async latestCheckpoint(jobId: string): Promise<string | undefined> {
      const { latest } = await get<{ latest: { completed?: { external_path?: string } | null } }>(
        `/jobs/${jobId}/checkpoints`,
      );
      const path = latest.completed?.external_path;
      return path === undefined || !path.startsWith("file:") ? undefined : toPath(path);
    },
    async restarts(jobId: string): Promise<number> {
      const [metric] = await get<{ value: string }[]>(`/jobs/${jobId}/metrics?get=numRestarts`);
      return Number(metric?.value ?? 0);
    },
    /** Metrics of a vertex over its subtasks, those whose name fits. A metric that is not a number is not there. */
    async metrics(jobId: string, vertex: string, wanted: RegExp): Promise<{ id: string; max: number; sum: number }[]> {
      const path = `/jobs/${jobId}/vertices/${vertex}/subtasks/metrics`;
      const names = (await get<{ id: string }[]>(path)).map(({ id }) => id).filter((id) => wanted.test(id));
      if (names.length === 0) return [];
      const query = names.map(encodeURIComponent).join(",");
      const found = await get<{ id: string; max: number | "NaN"; sum: number | "NaN" }[]>(
        `${path}?get=${query}&agg=max,sum`,
      );
      return found.map(({ id, max, sum }) => ({ id, max: Number(max), sum: Number(sum) }));
    },
    savepoint: (jobId: string, folder: string) =>
      savepoint(jobId, "savepoints", { "target-directory": folder, "cancel-job": false }),
    stop: (jobId: string, folder: string) => savepoint(jobId, "stop", { targetDirectory: folder, drain: false }),
    checkpoint: (jobId: string) => operate(jobId, "checkpoints", { checkpointType: "CONFIGURED" }, "checkpoints"),
    cancel: (jobId: string) => call<unknown>("PATCH", `/jobs/${jobId}?mode=cancel`),
    requirements: (jobId: string) => get<Requirements>(`/jobs/${jobId}/resource-requirements`),
    setRequirements: (jobId: string, requirements: Requirements) =>
      call<unknown>("PUT", `/jobs/${jobId}/resource-requirements`, requirements),
  };
}

interface Operation {
  location?: string;
  "failure-cause"?: { class: string; "stack-trace": string };
}

function describeErrors(text: string): string {
  try {
    const { errors = [] } = JSON.parse(text) as { errors?: string[] };
    return rootCause(errors.filter((each) => each !== "Internal server error.").join("\n"));
  } catch {
    return text.slice(0, 500);
  }
}

/** file:/folder and file:///folder. */
function toPath(location: string): string {
  return location.startsWith("file:") ? fileURLToPath(location) : location;
}
