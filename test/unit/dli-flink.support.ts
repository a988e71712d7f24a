import type { CloudAnswer, WireRequest } from "../../src/clouds/transport.ts";
import { dliTools } from "../../tools/dli/index.ts";
import { type Assented, assenting } from "../doubles/assenting.ts";
import { answered, gatewayOver, type Script, scriptedCloud } from "../doubles/gateway-parts.ts";
import { dliPolicy } from "./policy-fixture.ts";

/** The Flink tools over a service that keeps its jobs in memory, with a person who says yes. */

export interface FakeJob {
  job_id: number;
  name: string;
  status: string;
  job_type?: string;
  queue_name?: string | null;
  has_savepoint?: boolean;
  job_config?: Record<string, unknown>;
  [member: string]: unknown;
}

export const jarJob: FakeJob = {
  job_id: 138,
  name: "click_loader",
  status: "job_init",
  job_type: "flink_jar_job",
  queue_name: "general_q1",
  main_class: "com.example.StreamJob",
  entrypoint_args: "--password hunter2 --topic clicks",
  has_savepoint: false,
  update_time: 1_747_169_165_821,
  job_config: {
    cu_number: 4,
    manager_cu_number: 1,
    parallel_number: 3,
    tm_cus: 1,
    tm_slot_num: 1,
    flink_version: "1.15",
    entrypoint: "obs://acme-dli/jars/job.jar",
    execution_agency_urn: "dli_job_agency",
    checkpoint_enabled: true,
    checkpoint_mode: "exactly_once",
    checkpoint_interval: 30,
    obs_bucket: "acme-dli",
    log_enabled: true,
    runtime_config: '[{"key":"env.java.opts","value":"-Dx=1"}]',
  },
};

export const rejected = (code: string, message: string): CloudAnswer => ({
  kind: "rejected",
  status: 400,
  code,
  message,
});

export interface Workplace extends Assented {
  sent: readonly WireRequest[];
  bodiesOf(operation: string): unknown[];
  jobs: Map<number, FakeJob>;
}

export function workplaceWith(jobs: readonly FakeJob[] = [], more: Script = {}): Workplace {
  const known = new Map(jobs.map((job) => [job.job_id, structuredClone(job)]));
  const cloud = Object.assign(scriptedCloud({ ...serviceOver(known), ...more }), {
    projectId: "0123456789abcdef0123456789abcdef",
  });
  const { gateway, clock } = gatewayOver(
    {},
    {
      profile: {
        name: "test",
        cloud: "dli",
        environment: "cloud",
        regionId: "cn-north-4",
        endpoint: "dli.test",
        mode: "full",
        identity: "tester",
      },
      policy: () => ({ ok: true, policy: dliPolicy() }),
      transport: async () => cloud,
    },
  );
  return {
    ...assenting(dliTools, { gateway, clock }),
    sent: cloud.sent,
    jobs: known,
    bodiesOf: (operation) => cloud.sent.filter((each) => each.operation === operation).map(({ body }) => body),
  };
}

function serviceOver(jobs: Map<number, FakeJob>): Script {
  const one = ({ path }: WireRequest) => jobs.get(Number(/\/(\d+)$/.exec(path)?.[1]));
  const success = { is_success: "true", message: "" };
  const update = (request: WireRequest): CloudAnswer => {
    const job = one(request);
    if (!job) return rejected("DLI.16001", "job not found");
    job.job_config = { ...job.job_config, ...request.body };
    return answered({ ...success, job: { update_time: 1 } });
  };
  const create = (type: string) => (request: WireRequest) => {
    const { name, queue_name: queue, ...config } = request.body ?? {};
    const job_id = 200 + jobs.size;
    jobs.set(job_id, {
      job_id,
      name: String(name),
      queue_name: String(queue).toLowerCase(),
      status: "job_init",
      job_type: type,
      job_config: config,
    });
    return answered({ ...success, job: { job_id, status_name: "job_init" } });
  };
  const each = (request: WireRequest, change: (job: FakeJob) => void) => {
    const ids = request.body?.job_ids;
    for (const id of Array.isArray(ids) ? ids : []) {
      const job = jobs.get(Number(id));
      if (job) change(job);
    }
    return answered((Array.isArray(ids) ? ids : []).map(() => success));
  };
  return {
    ShowFlinkJob(request) {
      const job = one(request);
      return job ? answered({ ...success, job_detail: job }) : rejected("DLI.16001", "job not found");
    },
    ListFlinkJobs: ({ query }) => {
      const found = [...jobs.values()].filter(({ name }) => name.includes(query?.name ?? ""));
      return answered({ ...success, job_list: { total_count: found.length, jobs: found } });
    },
    CreateFlinkJarJob: create("flink_jar_job"),
    CreateFlinkSqlJob: create("flink_opensource_sql_job"),
    UpdateFlinkJarJob: update,
    UpdateFlinkSqlJob: update,
    BatchRunFlinkJobs: (request) =>
      each(request, (job) => {
        job.status = "job_running";
      }),
    BatchStopFlinkJobs: (request) =>
      each(request, (job) => {
        job.status = "job_cancel_success";
        job.has_savepoint = request.body?.trigger_savepoint === true;
      }),
    DeleteFlinkJob(request) {
      jobs.delete(one(request)?.job_id ?? 0);
      return answered(success);
    },
    BatchListMetricData: answered({ metrics: [] }),
  };
}
