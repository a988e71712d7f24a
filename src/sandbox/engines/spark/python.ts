import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { EngineUnavailable } from "../../engine.ts";

const run = promisify(execFile);

export interface Python {
  executable: string;
  version: string;
}

/** PySpark 3.5 asks for 3.8 or newer; 3.13 took modules away that its cloudpickle and pandas parts still use. */
const minors = { oldest: 8, newest: 12 };

/** The person's own Python: PYSPARK_PYTHON, python3, then the versioned names beside it. */
export async function findPython(environment: NodeJS.ProcessEnv): Promise<Python> {
  const names = ["python3", "python3.11", "python3.12", "python3.10", "python3.9", "python3.8"];
  const found: string[] = [];
  for (const name of environment.PYSPARK_PYTHON ? [environment.PYSPARK_PYTHON, ...names] : names) {
    const python = await ask(name, environment);
    if (python === undefined) continue;
    const [major = 0, minor = 0] = python.version.split(".").map(Number);
    if (major === 3 && minor >= minors.oldest && minor <= minors.newest) return python;
    found.push(python.version);
  }
  throw new EngineUnavailable(
    found.length === 0
      ? "no python3 was found"
      : `Spark 3.5 takes Python 3.${minors.oldest} to 3.${minors.newest}; found only ${[...new Set(found)].join(", ")}`,
    `Install Python 3.11 (Debian and Ubuntu: apt-get install python3 python3-pip) or set PYSPARK_PYTHON to one.`,
  );
}

async function ask(name: string, environment: NodeJS.ProcessEnv): Promise<Python | undefined> {
  try {
    // The executable behind a pyenv or conda shim, so that a job need not have the shim's environment.
    const program = "import sys; print(sys.executable); print('%d.%d.%d' % sys.version_info[:3])";
    const { stdout } = await run(name, ["-c", program], { env: environment, timeout: 20_000 });
    const [executable, version] = stdout.trim().split("\n");
    return executable && version ? { executable, version } : undefined;
  } catch {
    return undefined;
  }
}
