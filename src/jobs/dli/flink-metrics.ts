/** Metrics of Cloud Eye in the namespace SYS.DLI (notes section 10). */

export const metricNamespace = "SYS.DLI";

export interface MetricOwner {
  readonly dimension: string;
  /** How often a value is written. */
  readonly everySeconds: number;
  /** Name -> unit. */
  readonly metrics: Readonly<Record<string, string>>;
}

export const queueMetrics: MetricOwner = {
  dimension: "queue_id",
  everySeconds: 300,
  metrics: {
    queue_cu_num: "CU",
    queue_alloc_cu_num: "CU",
    queue_min_cu_num: "CU",
    queue_max_cu_num: "CU",
    queue_job_launching_num: "jobs",
    queue_job_running_num: "jobs",
    queue_job_succeed_num: "jobs",
    queue_job_failed_num: "jobs",
    queue_job_cancelled_num: "jobs",
    queue_priority: "1 to 100",
    // Of queues outside of pools alone.
    queue_cpu_usage: "%",
    queue_mem_usage: "%",
    queue_mem_used: "MB",
    queue_disk_usage: "%",
    queue_disk_used: "%",
  },
};

export const flinkMetrics: MetricOwner = {
  dimension: "flink_job_id",
  everySeconds: 10,
  metrics: {
    flink_read_records_per_second: "records/s",
    flink_write_records_per_second: "records/s",
    flink_read_records_total: "records",
    flink_write_records_total: "records",
    flink_read_bytes_per_second: "bytes/s",
    flink_write_bytes_per_second: "bytes/s",
    flink_read_bytes_total: "bytes",
    flink_write_bytes_total: "bytes",
    flink_cpu_usage: "%",
    flink_mem_usage: "%",
    flink_max_op_latency: "ms",
    flink_max_op_backpressure_level: "of 100 (0 ok, 50 low, 100 high)",
  },
};

/** What Cloud Eye folds points over, in seconds; 1 is raw. */
const periods = [60, 300, 1200, 3600, 14_400, 86_400] as const;
const mostPoints = 60;

/** The shortest period that the metric has values for and that leaves a list one can read. */
export function periodFor(windowMs: number, everySeconds: number): (typeof periods)[number] {
  const fitting = periods.find((period) => period >= everySeconds && windowMs / 1000 / period <= mostPoints);
  return fitting ?? 86_400;
}

export interface Datapoint {
  readonly timestamp?: number;
  readonly average?: number;
  readonly max?: number;
  readonly min?: number;
  readonly sum?: number;
  readonly variance?: number;
}

export type Aggregate = "average" | "max" | "min" | "sum";

export interface MetricSummary {
  readonly last: number;
  readonly lastAt: number;
  readonly least: number;
  readonly most: number;
  readonly mean: number;
  readonly points: ReadonlyArray<readonly [number, number]>;
}

/** Undefined where there is no value at all. Points come oldest first. */
export function summarizePoints(datapoints: readonly Datapoint[], filter: Aggregate): MetricSummary | undefined {
  const points = datapoints
    .flatMap((point): Array<readonly [number, number]> => {
      const value = point[filter];
      return typeof value === "number" && typeof point.timestamp === "number" ? [[point.timestamp, value]] : [];
    })
    .toSorted(([a], [b]) => a - b);
  const last = points.at(-1);
  if (!last) return undefined;
  const values = points.map(([, value]) => value);
  return {
    last: round(last[1]),
    lastAt: last[0],
    least: round(Math.min(...values)),
    most: round(Math.max(...values)),
    mean: round(values.reduce((sum, value) => sum + value, 0) / values.length),
    points: points.slice(-mostPoints).map(([at, value]) => [at, round(value)]),
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
