import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import { figure, type Measured, ratios } from "./figures.ts";
import { idleMemory, type Listed, listLegacy, listModern, runNothing } from "./spawned.ts";

const rounds = 25;
const coldRounds = 7;

/** From spawn to the answer to tools/list, as a client that starts the program sees it. */
export async function measureStartup(folder: string): Promise<Measured> {
  const warm = environmentIn(join(folder, "warm"));
  // The first two runs write the compile cache.
  await listModern(warm);
  await listLegacy(warm);

  const nothing: number[] = [];
  const legacy: Listed[] = [];
  const modern: Listed[] = [];
  for (let round = 0; round < rounds; round++) {
    nothing.push(await runNothing(warm));
    modern.push(await listModern(warm));
    legacy.push(await listLegacy(warm));
  }
  const coldNothing: number[] = [];
  const cold: Listed[] = [];
  for (let round = 0; round < coldRounds; round++) {
    const environment = environmentIn(mkdtempSync(join(folder, "cold-")));
    coldNothing.push(await runNothing(environment));
    cold.push(await listModern(environment));
  }
  const idle = [await idleMemory(warm), await idleMemory(warm), await idleMemory(warm)];

  const times = (list: readonly Listed[]) => list.map(({ ms }) => ms);
  const memory = [...modern, ...legacy].flatMap(({ residentMiB }) => residentMiB ?? []);
  return [
    figure("node -e 0, spawn to exit", "ms", nothing),
    figure("spawn to tools/list, 2026-07-28", "ms", times(modern)),
    figure("spawn to tools/list, 2025-11-25", "ms", times(legacy)),
    figure("2026-07-28 against node -e 0", "ratio", ratios(times(modern), nothing), { aim: 3 }),
    figure("2025-11-25 against node -e 0", "ratio", ratios(times(legacy), nothing), { aim: 3 }),
    figure("spawn to tools/list, 2026-07-28, no compile cache yet", "ms", times(cold)),
    figure("the same against node -e 0", "ratio", ratios(times(cold), coldNothing)),
    figure("resident memory once listed", "MiB", memory),
    figure(
      "resident memory of an idle node",
      "MiB",
      idle.flatMap((value) => value ?? []),
    ),
  ];
}

/** A home and a compile cache (Node keeps it in the folder for temporary files) of its own. */
function environmentIn(folder: string): NodeJS.ProcessEnv {
  mkdirSync(folder, { recursive: true });
  const { NODE_COMPILE_CACHE, NODE_OPTIONS, SPARK_WORKSPACE_LOG, ...rest } = process.env;
  return { ...rest, SPARK_WORKSPACE_HOME: join(folder, "home"), TMPDIR: folder, TEMP: folder, TMP: folder };
}
