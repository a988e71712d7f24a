import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import type { SqlApplication, SqlEngine, SqlUser, ThriftAddress } from "../../sql-engine.ts";
import { findClassArchive } from "../spark/class-archive.ts";
import { defaultCacheFolder, type LocalSparkEngine } from "../spark/engine.ts";
import type { Progress } from "../spark/fetch.ts";
import { reapGroup } from "../spark/process-group.ts";
import { type Application, newApplicationId, startApplication } from "./application.ts";
import { provideServerJar } from "./jar.ts";
import { startStatement } from "./statement.ts";

export interface SqlEngineOptions {
  /** Gives Spark, Java and Python; is not closed with this engine. */
  spark: Pick<LocalSparkEngine, "installation">;
  /** Receives the logs, a folder for each application. */
  dataFolder: string;
  /** Buckets are the folders in it. */
  storageFolder: string;
  /** The one of the Spark engine. */
  cacheFolder?: string;
  environment?: NodeJS.ProcessEnv;
}

interface Admitted {
  user: SqlUser;
  past: Application[];
  /** The one that runs or starts; at most one. */
  current?: { started: Promise<Application>; application?: Application };
}

/**
 * Each user has a Spark of its own, in local mode, that speaks HiveServer2's Thrift by itself: what a Kyuubi server
 * with share level USER amounts to, without the server. It starts with the first statement or connection.
 */
export function createSqlEngine(options: SqlEngineOptions): SqlEngine {
  const environment = options.environment ?? process.env;
  const cacheFolder = resolve(options.cacheFolder ?? defaultCacheFolder(environment));
  const dataFolder = resolve(options.dataFolder);
  const processFolder = join(dataFolder, "processes");
  const admitted = new Map<string, Admitted>();
  const closing = new AbortController();

  async function prepare(progress: Progress) {
    closing.signal.throwIfAborted();
    const installation = await options.spark.installation(progress, closing.signal);
    return { installation, serverJar: await provideServerJar(cacheFolder, installation) };
  }

  async function launch(user: SqlUser): Promise<Application> {
    const { installation, serverJar } = await prepare(() => {});
    const classArchive = findClassArchive(installation, cacheFolder);
    const applicationId = newApplicationId();
    await mkdir(processFolder, { recursive: true });
    return startApplication(user, applicationId, {
      installation: classArchive === undefined ? installation : { ...installation, classArchive },
      serverJar,
      folder: join(dataFolder, user.name, applicationId),
      processFolder,
      storageFolder: resolve(options.storageFolder),
      cores: Math.min(4, availableParallelism()),
      hostEnvironment: environment,
    });
  }

  /** The user's Spark, started where there is none. */
  async function sparkOf(name: string): Promise<ThriftAddress> {
    const entry = admitted.get(name);
    if (!entry) throw new Error(`${name} is not running`);
    entry.current ??= begin(entry);
    const application = await entry.current.started;
    const { state } = application.describe();
    if (state === "STARTING" || state === "RUNNING") return application.ready;
    await application.end;
    return sparkOf(name);
  }

  function begin(entry: Admitted): NonNullable<Admitted["current"]> {
    const current: NonNullable<Admitted["current"]> = { started: launch(entry.user) };
    const over = () => {
      if (entry.current === current) delete entry.current;
    };
    current.started.then((application) => {
      current.application = application;
      void application.end.then(() => {
        entry.past.push(application);
        over();
      });
    }, over);
    return current;
  }

  async function end(entry: Admitted): Promise<void> {
    const application = await entry.current?.started.catch(() => undefined);
    await application?.stop();
  }

  return {
    async admit(user, progress = () => {}) {
      if (!/^[A-Za-z0-9-]{1,128}$/.test(user.name)) throw new Error(`${user.name} is not the name of a user`);
      await prepare(progress);
      admitted.set(user.name, { user, past: [] });
    },
    async dismiss(name) {
      const entry = admitted.get(name);
      admitted.delete(name);
      if (entry) await end(entry);
    },
    async applications(name) {
      const entry = admitted.get(name);
      if (!entry) return [];
      const { application } = entry.current ?? {};
      const all = application && !entry.past.includes(application) ? [...entry.past, application] : entry.past;
      return all.map((each): SqlApplication => each.describe());
    },
    async endApplication(name, applicationId) {
      const { current } = admitted.get(name) ?? {};
      const application = await current?.started.catch(() => undefined);
      if (application?.describe().applicationId === applicationId) await application.stop();
    },
    async run(name, sql, { maxRows, catalog, database }) {
      return startStatement(sparkOf(name), {
        sql,
        maxRows,
        ...(catalog === undefined ? {} : { catalog }),
        ...(database === undefined ? {} : { database }),
      });
    },
    thriftAddress: sparkOf,
    async reap() {
      const left = await readdir(processFolder).catch(() => []);
      const own = new Set([...admitted.values()].map(({ current }) => current?.application?.describe().applicationId));
      for (const applicationId of left.filter((name) => !own.has(name))) {
        const file = join(processFolder, applicationId);
        await reapGroup(Number(await readFile(file, "utf8")), applicationId);
        await rm(file, { force: true });
      }
    },
    async close() {
      closing.abort();
      const entries = [...admitted.values()];
      admitted.clear();
      await Promise.all(entries.map(end));
    },
  };
}
