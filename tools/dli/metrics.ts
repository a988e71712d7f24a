import * as z from "zod";
import type { Outcome } from "../../src/gateway/types.ts";
import {
  type Aggregate,
  flinkMetrics,
  type MetricOwner,
  metricNamespace,
  periodFor,
  queueMetrics,
  summarizePoints,
} from "../../src/jobs/dli/flink-metrics.ts";
import { sayIn } from "../../src/language.ts";
import type { DliRequests, DliResponses } from "../../src/operations/dli/types.gen.ts";
import { defineTool, refuseCall, reply, type ToolAnswer, type ToolCall } from "../define.ts";
import { queueName } from "./fields.ts";
import { flinkJobId } from "./flink-fields.ts";

/** Points are shown of a few metrics alone; more of them would only cost tokens. */
const mostWithPoints = 3;

export const getDliMetrics = defineTool({
  name: "get_dli_metrics",
  title: "Metrics of a queue or Flink job",
  description:
    "Read Cloud Eye figures of a queue (CU, jobs) or a Flink job (records, bytes, CPU, latency, back pressure): last, least, most, mean.",
  toolset: "inspect",
  operations: ["BatchListMetricData", "ShowQueue"],
  input: z.strictObject({
    queue: queueName.optional(),
    flinkJobId: flinkJobId.optional(),
    metrics: z
      .array(z.string().regex(/^\w{3,64}$/))
      .min(1)
      .max(20)
      .optional()
      .meta({ description: "All when absent; points too with 3 or fewer", examples: [["queue_cu_num"]] }),
    minutes: z.number().int().min(5).max(43_200).default(60).meta({ description: "How far back" }),
    filter: z.enum(["average", "max", "min", "sum"]).default("average").meta({ description: "Fold of each point" }),
  }),
  async run(input, call): Promise<ToolAnswer> {
    const { gateway, context, clock } = call;
    if ((input.queue === undefined) === (input.flinkJobId === undefined)) {
      const field = {
        field: "queue",
        problem: {
          en: "exactly one of queue and flinkJobId is needed",
          zh: "与 flinkJobId 必须且只能给出一个",
        },
        allowed: "a queue or a Flink job",
        example: "general_q1",
      };
      return refuseCall(
        call,
        "BAD_INPUT",
        {
          en: "No metrics were read: exactly one of queue and flinkJobId is needed.",
          zh: "未读取任何指标：queue 与 flinkJobId 必须且只能给出一个。",
        },
        { en: "Give queue or flinkJobId.", zh: "请给出 queue 或 flinkJobId。" },
        { fields: [field] },
      );
    }
    const owner = input.queue === undefined ? flinkMetrics : queueMetrics;
    const unknown = (input.metrics ?? []).filter((name) => !Object.hasOwn(owner.metrics, name));
    if (unknown.length > 0) {
      const allowed = Object.keys(owner.metrics).join(", ");
      const field = {
        field: "metrics",
        problem: { en: `has no ${unknown.join(", ")}`, zh: `没有 ${unknown.join("、")}` },
        allowed,
        example: Object.keys(owner.metrics)[0] ?? "",
      };
      return refuseCall(
        call,
        "BAD_INPUT",
        {
          en: `No metrics were read: there is no ${unknown.join(", ")}.`,
          zh: `未读取任何指标：不存在 ${unknown.join("、")}。`,
        },
        { en: `metrics: ${allowed}`, zh: `请修正：metrics：${allowed}` },
        { fields: [field] },
      );
    }
    let value = String(input.flinkJobId);
    if (input.queue !== undefined) {
      const shown = await gateway.run("ShowQueue", { queue_name: input.queue }, context);
      if (shown.kind !== "done") return shown;
      if (!shown.value.resource_id) {
        return refuseCall(
          call,
          "PRECONDITION_NOT_MET",
          {
            en: `No metrics were read: the service gives no resource id of the queue ${input.queue}.`,
            zh: `未读取任何指标：服务未给出队列 ${input.queue} 的资源 ID。`,
          },
          { en: "The console's Cloud Eye page shows them.", zh: "可在控制台的云监控页面查看。" },
        );
      }
      value = shown.value.resource_id;
    }
    const names = input.metrics ?? Object.keys(owner.metrics);
    const windowMs = input.minutes * 60_000;
    const period = periodFor(windowMs, owner.everySeconds);
    const now = clock.now();
    const outcome = await readMetrics(
      { owner, value, names, from: now - windowMs, to: now, period, filter: input.filter },
      call,
    );
    return reply(outcome, (answer) => {
      const withPoints = names.length <= mostWithPoints;
      const figures = names.map((name) => figureOf(name, owner, answer, input.filter, withPoints));
      const known = figures.filter((figure) => "last" in figure).length;
      return {
        summary: {
          en: `${known} of ${names.length} metrics of ${input.queue ?? `Flink job ${input.flinkJobId}`} have values in the last ${input.minutes} min (${input.filter} over ${period} s).`,
          zh: `${input.queue === undefined ? `Flink 作业 ${input.flinkJobId}` : `队列 ${input.queue}`} 的 ${names.length} 个指标中有 ${known} 个在最近 ${input.minutes} 分钟内有值（每 ${period} 秒的 ${input.filter}）。`,
        },
        data: { metrics: figures },
        ...(known === 0 && {
          next: {
            en: "A Flink job has metrics while it runs, a queue some minutes after it was made; a longer time may show some.",
            zh: "Flink 作业运行期间才有指标，队列创建几分钟后才有；延长时间范围可能查到指标。",
          },
        }),
      };
    });
  },
});

const watched = [
  "flink_read_records_per_second",
  "flink_write_records_per_second",
  "flink_cpu_usage",
  "flink_mem_usage",
  "flink_max_op_latency",
  "flink_max_op_backpressure_level",
] as const;
const watchedMs = 10 * 60_000;

/** The last values of a running job by their names, or why there are none; a job can be looked at without its metrics. */
export async function latestFlinkMetrics(jobId: number, call: ToolCall): Promise<Record<string, unknown>> {
  const now = call.clock.now();
  const outcome = await readMetrics(
    {
      owner: flinkMetrics,
      value: String(jobId),
      names: watched,
      from: now - watchedMs,
      to: now,
      period: 60,
      filter: "average",
    },
    call,
  );
  if (outcome.kind !== "done") return { unavailable: outcome.kind === "refused" ? outcome.what : outcome.kind };
  const figures = watched.map((name) => figureOf(name, flinkMetrics, outcome.value, "average", false));
  const known = figures.filter((figure) => "last" in figure);
  return known.length === 0
    ? { unavailable: sayIn(call.context.language)("no values in the last 10 min", "最近 10 分钟内没有值") }
    : Object.fromEntries(known.map((figure) => [figure.metric, `${figure.last} ${figure.unit}`]));
}

interface Reading {
  owner: MetricOwner;
  /** Of the dimension. */
  value: string;
  names: readonly string[];
  from: number;
  to: number;
  period: number;
  filter: Aggregate;
}

function readMetrics(
  { owner, value, names, from, to, period, filter }: Reading,
  { gateway, context }: ToolCall,
): Promise<Outcome<DliResponses["BatchListMetricData"]>> {
  const metrics = names.map((metric_name) => ({
    namespace: metricNamespace,
    metric_name,
    dimensions: [{ name: owner.dimension, value }],
  }));
  const request = { metrics, from, to, period: String(period), filter };
  return gateway.run("BatchListMetricData", request as DliRequests["BatchListMetricData"], context);
}

function figureOf(
  name: string,
  { metrics }: MetricOwner,
  answer: DliResponses["BatchListMetricData"],
  filter: Aggregate,
  withPoints: boolean,
): Record<string, unknown> {
  const series = answer.metrics?.find((each) => each.metric_name === name);
  const found = summarizePoints(series?.datapoints ?? [], filter);
  const unit = metrics[name];
  if (!found) return { metric: name, unit, values: "none" };
  const { last, lastAt, least, most, mean, points } = found;
  return {
    metric: name,
    unit,
    last,
    lastAt: new Date(lastAt).toISOString(),
    least,
    most,
    mean,
    ...(withPoints && { points: points.map(([at, value]) => [new Date(at).toISOString(), value]) }),
  };
}
