import { join } from "node:path";
import { packageRoot } from "../../src/package-root.ts";

const examples = join(packageRoot, "examples");
/** FAA Wildlife Strike Database, 10,000 reports; examples/README.md says more. */
const birdStrikes = join(packageRoot, "node_modules", "vega-datasets", "data", "birdstrikes.csv");

/** Which species cost most, from the Parquet that the batch wrote. */
const costlySpecies = (lake: string) =>
  `SELECT species, count(*) AS strikes, count_if(damaged) AS damaged, sum(cost_usd) AS cost_usd FROM parquet.\`${lake}/strikes.parquet\` WHERE species NOT LIKE 'Unknown%' GROUP BY species ORDER BY cost_usd DESC, strikes DESC LIMIT 5`;

/** What the second part of the quickstart runs, and what has to lie in storage before. */
export function dliPrograms(bucket: string, rollingCountJar: string) {
  const lake = `obs://${bucket}/quickstart`;
  return {
    batch: {
      name: "bird-strikes",
      uploads: {
        [`${lake}/birdstrikes.csv`]: birdStrikes,
        [`${lake}/bird_strikes.py`]: join(examples, "bird_strikes.py"),
      },
      program: {
        file: `${lake}/bird_strikes.py`,
        args: [`${lake}/birdstrikes.csv`, `${lake}/strikes.parquet`],
        driverCores: 1,
        driverMemory: "2G",
        executorCores: 1,
        executorMemory: "2G",
        numExecutors: 1,
      },
    },
    sql: costlySpecies(lake),
    flink: {
      name: "rolling_count",
      uploads: { [`${lake}/rolling-count.jar`]: rollingCountJar },
      /** More than one slot can do, so that dynamic scaling is asked for a second one. */
      program: {
        kind: "jar",
        entrypoint: `${lake}/rolling-count.jar`,
        mainClass: "RollingCount",
        arguments: `--keys 200 --rate 150 --work-ms 10 --output ${lake}/counts`,
        fields: {
          cu_number: 2,
          manager_cu_number: 1,
          parallel_number: 1,
          tm_cus: 1,
          tm_slot_num: 1,
          checkpoint_enabled: true,
          checkpoint_interval: 5,
          obs_bucket: bucket,
          log_enabled: true,
        },
      },
      counts: { bucket, prefix: "quickstart/counts/" },
    },
  };
}

export type DliPrograms = ReturnType<typeof dliPrograms>;
