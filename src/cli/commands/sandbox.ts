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
      `Sandbox: EMR at http://${sandbox.emrEndpoint}, OSS at ${sandbox.ossEndpoint}, Kyuubi at ${sandbox.kyuubiEndpoint}, ` +
        `DLI at http://${sandbox.dliEndpoint}, OBS at ${sandbox.obsEndpoint}, files in ${dataFolder}`,
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

/** What official clients and this program need to use the sandbox as if it were the clouds. */
function exportsOf(connection: SandboxConnection): string {
  const { ossEndpoint, dliEndpoint, dliRegionId, obsEndpoint, projectId } = connection;
  const variables: Record<string, string | undefined> = {
    // This program speaks to one cloud at a time; dli is the other.
    SPARK_WORKSPACE_CLOUD: "emr",
    SPARK_WORKSPACE_ENVIRONMENT: "sandbox",
    SPARK_WORKSPACE_EMR_ENDPOINT: connection.emrEndpoint,
    SPARK_WORKSPACE_OSS_ENDPOINT: ossEndpoint,
    ALIBABA_CLOUD_REGION_ID: connection.regionId,
    ALIBABA_CLOUD_ACCESS_KEY_ID: connection.accessKeyId,
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: connection.accessKeySecret,
    ...(dliEndpoint !== undefined && {
      SPARK_WORKSPACE_DLI_ENDPOINT: `http://${dliEndpoint}`,
      SPARK_WORKSPACE_OBS_ENDPOINT: obsEndpoint && `http://${obsEndpoint}`,
      HW_REGION_NAME: dliRegionId,
      HUAWEICLOUD_SDK_AK: connection.accessKeyId,
      HUAWEICLOUD_SDK_SK: connection.accessKeySecret,
      HUAWEICLOUD_SDK_PROJECT_ID: projectId,
      // Where official clients look for the endpoint of a region.
      [`HUAWEICLOUD_SDK_REGION_DLI_${dliRegionId?.toUpperCase().replaceAll("-", "_")}`]: `http://${dliEndpoint}`,
    }),
  };
  return Object.entries(variables)
    .flatMap(([name, value]) => (value === undefined ? [] : [`export ${name}=${value}`]))
    .join("\n");
}

function interrupted(): Promise<void> {
  return new Promise((done) => {
    process.once("SIGINT", () => done());
    process.once("SIGTERM", () => done());
  });
}
