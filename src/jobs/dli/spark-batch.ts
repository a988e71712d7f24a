import type { Preset } from "./sizes.ts";

/** Body of CreateSparkJob, without the project and without the key that the gateway puts behind the name. */
export interface SparkBatch {
  readonly file?: string;
  readonly className?: string;
  readonly queue?: string;
  readonly args?: readonly string[];
  readonly sc_type?: Preset;
  readonly driverCores?: number;
  readonly driverMemory?: string;
  readonly executorCores?: number;
  readonly executorMemory?: string;
  readonly numExecutors?: number;
  readonly jars?: readonly string[];
  readonly pyFiles?: readonly string[];
  readonly files?: readonly string[];
  readonly modules?: readonly string[];
  readonly resources?: ReadonlyArray<Package>;
  readonly groups?: ReadonlyArray<{ readonly name?: string; readonly resources?: ReadonlyArray<Package> }>;
  readonly conf?: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly auto_recovery?: boolean;
  readonly max_retry_times?: number;
  readonly feature?: "basic" | "ai" | "custom";
  readonly spark_version?: string;
  readonly image?: string;
  readonly catalog_name?: string;
  readonly obs_bucket?: string;
  readonly execution_agency_urn?: string;
}

export interface Package {
  readonly name?: string;
  readonly type?: "jar" | "pyFile" | "file";
}
