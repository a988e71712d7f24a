import type { DliRequests } from "../../operations/dli/types.gen.ts";
import { badParameter } from "./answers.ts";
import type { DliContext, DliHandlers } from "./context.ts";
import { readMetrics } from "./metric-sources.ts";
import { createSamples, dataPoints, type Samples } from "./samples.ts";

/** Cloud Eye (section 10 of the API notes): what the sandbox knows of its queues, pools and Flink jobs, over time. */

const namespace = "SYS.DLI";
/** The real intervals are 10 s for Flink jobs and 5 minutes for queues. */
const sampleEveryMs = 10_000;

const samplesOf = new WeakMap<DliContext, Samples>();

/** Reads all metrics from now on, until the sandbox ends. */
export function startSampling(context: DliContext): void {
  const timer = setInterval(() => sample(context), sampleEveryMs);
  timer.unref();
  context.onClose(() => clearInterval(timer));
}

/** What is asked for now counts, too: a reading is taken first. */
function sample(context: DliContext): Samples {
  const samples = samplesOf.get(context) ?? createSamples();
  samplesOf.set(context, samples);
  samples.add(readMetrics(context), context.now());
  return samples;
}

interface Metric {
  namespace: string;
  metric_name: string;
  dimensions: { name: string; value: string }[];
  unit: string;
}

export const metricHandlers: DliHandlers<"ListMetrics" | "ShowMetricData" | "BatchListMetricData"> = {
  ListMetrics(input, context) {
    const { limit = 1000, order = "desc" } = input;
    const samples = sample(context);
    const metrics = samples
      .series()
      .map(({ dimension, metric, unit }): Metric => {
        const [name = "", value = ""] = dimension.split(",");
        return { namespace, metric_name: metric, dimensions: [{ name, value }], unit };
      })
      .filter((metric) => isAsked(metric, input))
      .sort((a, b) => (markerOf(a) < markerOf(b) ? -1 : 1));
    if (order === "desc") metrics.reverse();
    const start = input.start === undefined ? 0 : metrics.findIndex((metric) => markerOf(metric) === input.start) + 1;
    const page = metrics.slice(start, start + Math.min(limit, 1000));
    const last = page.at(-1);
    return {
      body: {
        metrics: page,
        meta_data: { count: page.length, marker: last ? markerOf(last) : "", total: metrics.length },
      },
    };
  },

  ShowMetricData(input, context) {
    const { metric_name = "", filter = "average", from = 0, to = 0 } = input;
    const question = { from, to, periodSeconds: Number(input.period), filter };
    if (from >= to) return badParameter("from must be before to.");
    const samples = sample(context);
    const known = input.namespace === namespace ? samples.find(input["dim.0"] ?? "", metric_name) : undefined;
    return { body: { datapoints: known ? dataPoints(known, question) : [], metric_name } };
  },

  BatchListMetricData(input, context) {
    const { metrics = [], filter = "average", from = 0, to = 0 } = input;
    const question = { from, to, periodSeconds: Number(input.period), filter };
    if (metrics.length > 500) return badParameter("metrics takes 500 elements.");
    if (from >= to) return badParameter("from must be before to.");
    const samples = sample(context);
    return {
      body: {
        metrics: metrics.map((asked) => {
          const { dimensions = [], metric_name = "" } = asked;
          const [dimension] = dimensions;
          const known =
            asked.namespace === namespace
              ? samples.find(`${dimension?.name},${dimension?.value}`, metric_name)
              : undefined;
          return {
            namespace: asked.namespace ?? "",
            metric_name,
            dimensions,
            unit: known?.unit ?? asked.unit ?? "",
            // The unit stands beside the list here, not in each of its points.
            datapoints: known ? dataPoints(known, question).map(({ unit: _, ...point }) => point) : [],
          };
        }),
      },
    };
  },
};

function isAsked(metric: Metric, input: DliRequests["ListMetrics"]): boolean {
  const [dimension] = metric.dimensions;
  // A name alone asks for all values of that dimension.
  const dimensions = [`${dimension?.name},${dimension?.value}`, dimension?.name];
  return (
    (input.namespace ?? namespace) === namespace &&
    (input.metric_name ?? metric.metric_name) === metric.metric_name &&
    (input["dim.0"] === undefined || dimensions.includes(input["dim.0"]))
  );
}

/** `namespace.metric_name.key:value` */
function markerOf({ metric_name, dimensions }: Metric): string {
  return `${namespace}.${metric_name}.${dimensions[0]?.name}:${dimensions[0]?.value}`;
}
