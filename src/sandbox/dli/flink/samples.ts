import type { FlinkStatus, FlinkVertex } from "../../flink-engine.ts";

/** Metrics of Cloud Eye for a Flink job (section 10 of the API notes), out of what Flink says at two moments. */

export type FlinkSample = Readonly<Record<string, number>>;

export interface Moment {
  at: number;
  totals: Totals;
  status: FlinkStatus;
}

interface Totals {
  readRecords: number;
  writtenRecords: number;
  readBytes: number;
  writtenBytes: number;
}

/** Flink starts counting anew with every attempt; what earlier ones counted is kept. */
export interface Meter {
  add(status: FlinkStatus, at: number): void;
  newest(): FlinkStatus | undefined;
  sample(): FlinkSample | undefined;
}

const none: Totals = { readRecords: 0, writtenRecords: 0, readBytes: 0, writtenBytes: 0 };

export function createMeter(): Meter {
  let before = none;
  let counted = none;
  let previous: Moment | undefined;
  let latest: Moment | undefined;
  return {
    add(status, at) {
      const now = totalsOf(status.vertices);
      if (now.readRecords < counted.readRecords || now.writtenRecords < counted.writtenRecords) {
        before = sum(before, counted);
      }
      counted = now;
      previous = latest;
      latest = { at, status, totals: sum(before, counted) };
    },
    newest: () => latest?.status,
    sample: () => latest && sampleOf(latest, previous),
  };
}

/** What comes in is read by the first vertices, which count only what they pass on; the last ones count what they take. */
function totalsOf(vertices: readonly FlinkVertex[]): Totals {
  const [first, second, last] = [vertices.at(0), vertices.at(1), vertices.at(-1)];
  return {
    readRecords: first?.recordsRead || first?.recordsWritten || 0,
    writtenRecords: last?.recordsWritten || last?.recordsRead || 0,
    // Flink does not count the bytes that a vertex hands to one in the same process.
    readBytes: first?.bytesRead || first?.bytesWritten || second?.bytesRead || 0,
    writtenBytes: last?.bytesWritten || last?.bytesRead || 0,
  };
}

function sum(a: Totals, b: Totals): Totals {
  return {
    readRecords: a.readRecords + b.readRecords,
    writtenRecords: a.writtenRecords + b.writtenRecords,
    readBytes: a.readBytes + b.readBytes,
    writtenBytes: a.writtenBytes + b.writtenBytes,
  };
}

function sampleOf(latest: Moment, previous: Moment | undefined): FlinkSample {
  const seconds = previous ? (latest.at - previous.at) / 1000 : 0;
  const rate = (name: keyof Totals) =>
    previous && seconds > 0 ? Math.max(0, (latest.totals[name] - previous.totals[name]) / seconds) : 0;
  const { vertices } = latest.status;
  return {
    flink_read_records_per_second: rate("readRecords"),
    flink_write_records_per_second: rate("writtenRecords"),
    flink_read_records_total: latest.totals.readRecords,
    flink_write_records_total: latest.totals.writtenRecords,
    flink_read_bytes_per_second: rate("readBytes"),
    flink_write_bytes_per_second: rate("writtenBytes"),
    flink_read_bytes_total: latest.totals.readBytes,
    flink_write_bytes_total: latest.totals.writtenBytes,
    // Of its slots, not of the machine: how much of the time the busiest vertex worked.
    flink_cpu_usage: 100 * Math.max(0, ...vertices.map(({ busy }) => busy)),
    flink_max_op_backpressure_level: level(Math.max(0, ...vertices.map(({ backPressure }) => backPressure))),
  };
}

/** Flink's own words for it: OK up to 10 %, LOW up to 50 %, HIGH beyond. */
function level(backPressure: number): number {
  if (backPressure <= 0.1) return 0;
  return backPressure <= 0.5 ? 50 : 100;
}
