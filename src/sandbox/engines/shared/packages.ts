import { spawn } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { EngineUnavailable } from "../../engine.ts";
import type { Python } from "../spark/python.ts";

export type Progress = (line: string) => void;

/** A source distribution on PyPI. */
export interface Release {
  name: string;
  version: string;
  sha256: string;
}

export interface FetchOptions {
  cacheFolder: string;
  environment: NodeJS.ProcessEnv;
  python: Python;
  signal: AbortSignal;
  /** What a person does who cannot fetch, e.g. which variable names a copy of their own. */
  instead: string;
}

export interface Workplace {
  folder: string;
  /** Runs a command; its last words are in the error when it fails. */
  step(command: string, args: string[]): Promise<void>;
  /** Path of the archive, its hash compared. */
  download(release: Release): Promise<string>;
}

/**
 * Makes one folder of the cache. The work is done in a folder of its own beside it; whoever renames first has won,
 * the other takes that result.
 */
export async function makeInCache(
  target: { folder: string; complete: () => boolean },
  options: FetchOptions,
  make: (work: Workplace) => Promise<string>,
): Promise<void> {
  const { cacheFolder, environment, python, signal, instead } = options;
  await mkdir(cacheFolder, { recursive: true });
  await removeAbandoned(cacheFolder);
  const folder = join(cacheFolder, `.partial-${process.pid}-${randomUUID()}`);
  const step: Workplace["step"] = (command, args) =>
    runStep(command, args, { work: folder, environment, signal, instead });
  try {
    await mkdir(folder, { recursive: true });
    const made = await make({
      folder,
      step,
      download: (release) => download(release, { folder, python, step, options }),
    });
    await rename(made, target.folder).catch((error: unknown) => {
      if (!target.complete()) throw error;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function download(
  { name, version, sha256 }: Release,
  work: { folder: string; python: Python; step: Workplace["step"]; options: FetchOptions },
): Promise<string> {
  const { folder, python, step, options } = work;
  const pin = join(folder, "pin.txt");
  await writeFile(pin, `${name}==${version} --hash=sha256:${sha256}\n`);
  await step(python.executable, ["-m", "pip", "--version"]).catch((error: unknown) => {
    if (options.signal.aborted) throw error;
    throw new EngineUnavailable(
      `${python.executable} has no pip, which fetches ${name} from PyPI`,
      `Install pip (Debian and Ubuntu: apt-get install python3-pip; else python3 -m ensurepip), or ${options.instead}.`,
    );
  });
  const wanted = ["--no-deps", "--no-binary", name, "--require-hashes", "-r", pin];
  const quiet = ["--dest", folder, "--quiet", "--disable-pip-version-check"];
  await step(python.executable, ["-m", "pip", "download", ...wanted, ...quiet]);
  const archive = join(folder, `${name.replaceAll("-", "_")}-${version}.tar.gz`);
  // pip has compared the hash already; a configured pip may not, and these bytes will run as programs.
  const hash = createHash("sha256");
  await pipeline(createReadStream(archive), hash);
  if (hash.digest("hex") !== sha256) throw new Error(`${archive} is not the pinned ${name} ${version}`);
  return archive;
}

async function runStep(
  command: string,
  args: string[],
  options: { work: string; environment: NodeJS.ProcessEnv; signal: AbortSignal; instead: string },
): Promise<void> {
  // pip unpacks what it downloads to read the metadata; /tmp is a small memory disk on some machines, the cache is not.
  const child = spawn(command, args, {
    env: { ...options.environment, TMPDIR: options.work },
    signal: options.signal,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return;
  const reason = output.trim().split("\n").slice(-3).join(" ");
  throw new EngineUnavailable(
    `${command} ${args.slice(0, 3).join(" ")} failed: ${reason}`,
    `Check that pip reaches its package index and that the cache folder has 1.5 GB free, or ${options.instead}.`,
  );
}

/** Work folders whose process is gone, e.g. after a power cut. */
async function removeAbandoned(cacheFolder: string): Promise<void> {
  for (const name of await readdir(cacheFolder)) {
    const owner = /^\.partial-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !alive(Number(owner))) {
      await rm(join(cacheFolder, name), { recursive: true, force: true });
    }
  }
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
