import { maskArguments, maskValue } from "../secrets.ts";
import { shellQuote } from "../submit/render.ts";
import { defaultPreset, presets } from "./sizes.ts";
import type { SparkBatch } from "./spark-batch.ts";
import { confOf } from "./spark-conf.ts";

/**
 * The equivalent spark-submit command, for a person to read before saying yes. Made from what will be sent; the sizes of
 * the preset are written out, secrets are masked, and no value can break out of its line.
 */
export function renderSparkBatch(batch: SparkBatch): string {
  const size = { ...presets[batch.sc_type ?? defaultPreset], ...given(batch) };
  const option = (name: string, value: string | number | undefined) =>
    value === undefined || value === "" ? [] : [`--${name} ${shellQuote(String(value))}`];
  const list = (name: string, values: readonly string[] | undefined) =>
    values?.length ? option(name, values.join(",")) : [];
  const packages = [...(batch.resources ?? []), ...(batch.groups ?? [])].map(({ name }) => name ?? "");
  const comment = (label: string, values: readonly string[]) =>
    values.length === 0 ? [] : [`# ${label}: ${values.map(shellQuote).join(" ")}`];
  const command = [
    "spark-submit",
    ...option("name", batch.name),
    ...option("queue", batch.queue),
    ...option("class", batch.className),
    ...option("driver-cores", size.driverCores),
    ...option("driver-memory", size.driverMemory),
    ...option("executor-cores", size.executorCores),
    ...option("executor-memory", size.executorMemory),
    ...option("num-executors", size.numExecutors),
    ...list("jars", batch.jars),
    ...list("py-files", batch.pyFiles),
    ...list("files", batch.files),
    ...Object.entries(confOf(batch.conf)).map(
      ([key, value]) => `--conf ${shellQuote(`${key}=${maskValue(key, value)}`)}`,
    ),
    [batch.file ?? "", ...maskArguments(batch.args ?? [])].map(shellQuote).join(" "),
  ].join(" \\\n  ");
  return [...comment("modules", batch.modules ?? []), ...comment("packages", packages), command].join("\n");
}

function given(batch: SparkBatch): Partial<Record<string, string | number>> {
  const { driverCores, driverMemory, executorCores, executorMemory, numExecutors } = batch;
  return Object.fromEntries(
    Object.entries({ driverCores, driverMemory, executorCores, executorMemory, numExecutors }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}
