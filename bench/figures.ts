/** What a benchmark found, with everything needed to judge it. */
export interface Figure {
  name: string;
  unit: "ms" | "ratio" | "MiB" | "tokens" | "tools";
  n: number;
  min: number;
  median: number;
  max: number;
  /** Given where a tail matters and there are enough samples. */
  p99?: number;
  p95?: number;
  /** What the project wants: the median is at most this. */
  aim?: number;
  met?: boolean;
}

export type Measured = readonly Figure[];

export function figure(
  name: string,
  unit: Figure["unit"],
  samples: readonly number[],
  options: { aim?: number; p95?: boolean; p99?: boolean } = {},
): Figure {
  const sorted = samples.toSorted((a, b) => a - b);
  const median = quantile(sorted, 0.5);
  const { aim } = options;
  return {
    name,
    unit,
    n: sorted.length,
    min: rounded(sorted[0] ?? Number.NaN),
    median: rounded(median),
    max: rounded(sorted.at(-1) ?? Number.NaN),
    ...(options.p95 && { p95: rounded(quantile(sorted, 0.95)) }),
    ...(options.p99 && { p99: rounded(quantile(sorted, 0.99)) }),
    ...(aim !== undefined && { aim, met: median <= aim }),
  };
}

/**
 * How many times the other each sample is, pair by pair: both halves of a pair ran one after the other, so what else the
 * machine did meanwhile weighs on both.
 */
export function ratios(samples: readonly number[], others: readonly number[]): number[] {
  return samples.flatMap((sample, at) => {
    const other = others[at];
    return other === undefined ? [] : [sample / other];
  });
}

export function lineOf({ name, unit, n, min, median, max, p95, p99, aim, met }: Figure): string {
  const shown = unit === "ratio" ? "x" : ` ${unit}`;
  const tail = `${p95 === undefined ? "" : `, p95 ${p95}`}${p99 === undefined ? "" : `, p99 ${p99}`}`;
  const wanted = aim === undefined ? "" : `; aim at most ${aim}: ${met ? "met" : "MISSED"}`;
  const spread = n === 1 ? "" : ` (n ${n}, min ${min}, max ${max}${tail})`;
  return `  ${name}: ${median}${shown}${spread}${wanted}`;
}

function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
