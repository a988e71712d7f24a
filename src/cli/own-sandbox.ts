import { join } from "node:path";
import { createFlinkEngine } from "../sandbox/engines/flink/engine.ts";
import { createSparkEngine } from "../sandbox/engines/spark/engine.ts";
import { createSqlEngine } from "../sandbox/engines/sql/engine.ts";
import { type Sandbox, startSandbox, storageFolderOf } from "../sandbox/sandbox.ts";

/**
 * The sandbox with its real engines; none needs anything before the first job or service does.
 * Throws SandboxInUse when another live process owns the data folder.
 */
export async function startOwnSandbox(
  dataFolder: string,
  environment: NodeJS.ProcessEnv,
  ports: { port?: number; kyuubiPort?: number } = {},
): Promise<Sandbox> {
  const storageFolder = storageFolderOf(dataFolder);
  const engine = createSparkEngine({ storageFolder, environment });
  const sqlEngine = createSqlEngine({ spark: engine, dataFolder: join(dataFolder, "sql"), storageFolder, environment });
  const flinkEngine = createFlinkEngine({ storageFolder, dataFolder: join(dataFolder, "flink"), environment });
  return startSandbox({ dataFolder, engine, sqlEngine, flinkEngine, dli: { firstPool: true }, ...ports });
}
