/** Readings of metrics over time, in memory; the oldest give way. */

export interface Reading {
  /** `queue_id,<id>` and the like, as Cloud Eye spells a dimension. */
  dimension: string;
  values: Readonly<Record<string, number>>;
}

export interface Series {
  dimension: string;
  metric: string;
  unit: string;
  points: { at: number; value: number }[];
}

export interface Samples {
  add(readings: readonly Reading[], at: number): void;
  find(dimension: string, metric: string): Series | undefined;
  series(): Series[];
}

/** Six hours at a reading every ten seconds. */
const mostPoints = 2160;
const mostSeries = 2000;

export function createSamples(): Samples {
  const kept = new Map<string, Series>();
  return {
    add(readings, at) {
      for (const { dimension, values } of readings) {
        for (const [metric, value] of Object.entries(values)) {
          const key = `${dimension}/${metric}`;
          const series = kept.get(key) ?? { dimension, metric, unit: unitOf(metric), points: [] };
          // Moved to the end: what was not read for longest stands first.
          kept.delete(key);
          kept.set(key, series);
          if (series.points.at(-1)?.at === at) series.points.pop();
          series.points.push({ at, value });
          if (series.points.length > mostPoints) series.points.shift();
        }
      }
      for (const key of [...kept.keys()].slice(0, Math.max(0, kept.size - mostSeries))) kept.delete(key);
    },
    find: (dimension, metric) => kept.get(`${dimension}/${metric}`),
    series: () => [...kept.values()],
  };
}

export type Filter = "average" | "variance" | "min" | "max" | "sum";

export interface DataPoint {
  timestamp: number;
  unit: string;
  average?: number;
  variance?: number;
  min?: number;
  max?: number;
  sum?: number;
}

/** One point a period that has readings; a period of 1 gives the readings themselves. */
export function dataPoints(
  series: Series,
  question: { from: number; to: number; periodSeconds: number; filter: Filter },
): DataPoint[] {
  const { from, to, periodSeconds, filter } = question;
  const periodMs = periodSeconds === 1 ? 1 : periodSeconds * 1000;
  const periods = new Map<number, number[]>();
  for (const { at, value } of series.points) {
    if (at < from || at > to) continue;
    const start = Math.floor(at / periodMs) * periodMs;
    const values = periods.get(start) ?? [];
    values.push(value);
    periods.set(start, values);
  }
  return [...periods].map(([timestamp, values]) => ({
    timestamp,
    unit: series.unit,
    [filter]: aggregate(values, filter),
  }));
}

function aggregate(values: readonly number[], filter: Filter): number {
  const sum = values.reduce((total, value) => total + value, 0);
  const average = sum / values.length;
  switch (filter) {
    case "sum":
      return sum;
    case "average":
      return average;
    case "min":
      return Math.min(...values);
    case "max":
      return Math.max(...values);
    case "variance":
      return values.reduce((total, value) => total + (value - average) ** 2, 0) / values.length;
  }
}

/** Public names tell the unit (section 10 of the API notes). */
function unitOf(metric: string): string {
  if (metric.endsWith("_cu_num")) return "CU";
  if (metric.endsWith("_mem_used")) return "MB";
  if (metric.endsWith("_usage") || metric.endsWith("_disk_used")) return "%";
  if (metric.endsWith("_latency")) return "ms";
  if (metric.endsWith("_bytes_per_second")) return "byte/s";
  if (metric.endsWith("_records_per_second")) return "record/s";
  if (metric.endsWith("_bytes_total")) return "byte";
  if (metric.endsWith("_records_total")) return "record";
  return "Count";
}
