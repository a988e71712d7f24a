import { resolve } from "node:path";
import { runningSandbox, type SandboxConnection, SandboxInUse } from "../../sandbox/sandbox.ts";
import { foldersOf } from "../folders.ts";
import { startOwnSandbox } from "../own-sandbox.ts";

/**
 * Runs the sandbox until SIGINT or SIGTERM.
 * @returns exit code
 */
export async function runSandbox(options: { port?: number; data?: string; printEnv?: boolean }): Promise<number> {
  const dataFolder = resolve(options.data ?? foldersOf(process.env).sandbox);
  try {
    const sandbox = await startOwnSandbox(dataFolder, process.env, {
      ...(options.port !== undefined && { port: options.port }),
    });
    if (options.printEnv) console.log(exportsOf(sandbox));
    console.error(
      `Sandbox: EMR at http://${sandbox.emrEndpoint}, OSS at ${sandbox.ossEndpoint}, Kyuubi at ${sandbox.kyuubiEndpoint}, files in ${dataFolder}`,
    );
    await interrupted();
    await sandbox.close();
    return 0;
  } catch (error) {
    if (!(error instanceof SandboxInUse)) throw error;
    const running = runningSandbox(dataFolder);
    if (running && options.printEnv) console.log(exportsOf(running));
    console.error(`Nothing was started: ${error.message}`);
    return 1;
  }
}

/** What official clients and this program need to use the sandbox as if it were the cloud. */
function exportsOf(connection: SandboxConnection): string {
  const variables: Record<string, string> = {
    SPARK_WORKSPACE_EMR_ENDPOINT: connection.emrEndpoint,
    ...(connection.ossEndpoint !== undefined && { SPARK_WORKSPACE_OSS_ENDPOINT: connection.ossEndpoint }),
    SPARK_WORKSPACE_ENVIRONMENT: "sandbox",
    SPARK_WORKSPACE_REGION: connection.regionId,
    ALIBABA_CLOUD_ACCESS_KEY_ID: connection.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: connection.accessKeySecret,
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}=${value}`)
    .join("\n");
}

function interrupted(): Promise<void> {
  return new Promise((done) => {
    process.once("SIGINT", () => done());
    process.once("SIGTERM", () => done());
  });
}
