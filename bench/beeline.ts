import { spawn } from "node:child_process";
import { join } from "node:path";

const longestMs = 60_000;

export interface Beeline {
  /** @returns milliseconds from the line with the statement to the line with its only row */
  query(sql: string, row: string): Promise<number>;
  close(): Promise<void>;
}

/** One beeline of Spark's distribution that reads statements from its input; the JVM starts once. */
export function startBeeline(sparkHome: string, jdbcUrl: string): Beeline {
  const child = spawn(
    join(sparkHome, "bin", "beeline"),
    ["-u", jdbcUrl, "--silent=true", "--outputformat=csv2", "--showHeader=false"],
    { env: { ...process.env, SPARK_HOME: sparkHome }, stdio: ["pipe", "pipe", "pipe"] },
  );
  let tail = "";
  let seen: ((line: string) => void) | undefined;
  let failed: ((error: Error) => void) | undefined;
  let rest = "";
  child.stdout.on("data", (chunk) => {
    const lines = `${rest}${chunk}`.split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) seen?.(line.trim());
  });
  child.stderr.on("data", (chunk) => {
    tail = `${tail}${chunk}`.slice(-2_000);
    if (/^Error/m.test(tail)) failed?.(new Error(`beeline: ${tail}`));
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));

  return {
    query(sql, row) {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      const timer = setTimeout(() => reject(new Error(`beeline gave no row: ${tail}`)), longestMs);
      void ended.then(() => reject(new Error(`beeline ended: ${tail}`)));
      failed = reject;
      const started = performance.now();
      seen = (line) => {
        // The prompt stands before it, without a line end.
        if (line.endsWith(row)) resolve(performance.now() - started);
      };
      child.stdin.write(`${sql};\n`);
      return promise.finally(() => clearTimeout(timer));
    },
    async close() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
