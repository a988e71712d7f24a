import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { createSparkEngine } from "../src/sandbox/engines/spark/engine.ts";
import { startSandbox, storageFolderOf } from "../src/sandbox/sandbox.ts";
import { send, transportTo } from "./cloud.ts";
import { figure, type Measured } from "./figures.ts";

const rounds = 10;

/** From nothing to a cloud that has answered its first call, in a folder that has never been used. */
export async function measureSandbox(folder: string): Promise<Measured> {
  const samples: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const dataFolder = mkdtempSync(join(folder, "data-"));
    const started = performance.now();
    const engine = createSparkEngine({ storageFolder: storageFolderOf(dataFolder) });
    const sandbox = await startSandbox({ dataFolder, engine });
    try {
      await send(transportTo(sandbox), sandbox.regionId, "ListWorkspaces", {});
      samples.push(performance.now() - started);
    } finally {
      await sandbox.close();
    }
  }
  return [figure("startSandbox to its first answer", "ms", samples, { aim: 1_000 })];
}
