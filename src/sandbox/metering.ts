/** CU-hours per hour of the clock, from the time that jobs really ran. */

export interface MeteredRun {
  cu: number;
  from: number;
  /** Up to now for a job that still runs. */
  to: number;
}

const hourMs = 3_600_000;

/** @returns start of the hour (epoch ms) to CU-hours, only hours with use, in order of time */
export function cuHoursByHour(runs: readonly MeteredRun[], window: { from: number; to: number }): Map<number, number> {
  const totals = new Map<number, number>();
  for (const run of runs) {
    const end = Math.min(run.to, window.to);
    let at = Math.max(run.from, window.from);
    while (at < end) {
      const hour = startOfHour(at);
      const until = Math.min(end, hour + hourMs);
      totals.set(hour, (totals.get(hour) ?? 0) + (run.cu * (until - at)) / hourMs);
      at = until;
    }
  }
  return new Map([...totals].sort(([a], [b]) => a - b));
}

/** The documented form: `{2025-01-09 00:00:00=2.033333, 2025-01-09 01:00:00=2.0}`, a Java map's text, not JSON. */
export function javaMapText(cuHours: ReadonlyMap<number, number>): string {
  const entries = [...cuHours].map(([hour, value]) => `${formatLocalTime(hour)}=${javaDouble(value)}`);
  return `{${entries.join(", ")}}`;
}

/** `YYYY-MM-DD HH:mm:ss` in the time zone of this machine; undefined when it is no such time. */
export function parseLocalTime(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/.exec(text);
  if (!match) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const date = new Date(year, month - 1, day, hour, minute, second);
  // A day that does not exist rolls over, so it does not come back the same.
  return date.getMonth() === month - 1 && date.getDate() === day && hour < 24 && minute < 60 && second < 60
    ? date.getTime()
    : undefined;
}

export function isOverOneMonth(from: number, to: number): boolean {
  const limit = new Date(from);
  const day = limit.getDate();
  limit.setMonth(limit.getMonth() + 1);
  // 31 January plus a month is the last day of February, not 3 March.
  if (limit.getDate() !== day) limit.setDate(0);
  return to > limit.getTime();
}

export function formatLocalTime(time: number): string {
  const date = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function startOfHour(time: number): number {
  return new Date(time).setMinutes(0, 0, 0);
}

function javaDouble(value: number): string {
  const rounded = Math.round(value * 1e6) / 1e6;
  return Number.isInteger(rounded) ? `${rounded}.0` : String(rounded);
}
