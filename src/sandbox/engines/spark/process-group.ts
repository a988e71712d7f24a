import { type ChildProcess, execFile, spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** How long a job may take to stop by itself before it is killed. */
const graceMilliseconds = 10_000;

/**
 * Runs the command as leader of its group, with a watchdog in the same group. The watchdog reads a pipe that only
 * this process holds open: when this process dies, even by SIGKILL, the pipe ends and the group goes with it.
 * It ignores SIGTERM, so that it is still there to kill what does not obey.
 */
const supervised = `
exec 3<&0 </dev/null
( trap '' TERM INT HUP
  cat <&3 >/dev/null
  kill -TERM -$$; sleep ${graceMilliseconds / 1000}; kill -KILL -$$
) >/dev/null 2>&1 &
exec 3<&-
exec "$@"
`;

export interface Group {
  id: number;
  /** The command's own end; the rest of the group is gone by then. */
  exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stop(): Promise<void>;
}

export async function startGroup(options: {
  label: string;
  command: readonly string[];
  folder: string;
  environment: Record<string, string>;
  /** File descriptors that stdout and stderr go to without passing through this process. */
  stdout: number;
  stderr: number;
}): Promise<Group> {
  const child: ChildProcess = spawn("/bin/sh", ["-c", supervised, options.label, ...options.command], {
    cwd: options.folder,
    env: options.environment,
    detached: true,
    stdio: ["pipe", options.stdout, options.stderr],
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", reject);
  });
  const id = child.pid;
  if (id === undefined) throw new Error("a started process has no id");
  let ended = false;
  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("exit", (code, signal) => {
      ended = true;
      // The driver is gone: Python daemons without it, and the watchdog, have nothing left to do.
      resolve(stopGroup(id, 0).then(() => ({ code, signal })));
    });
  });
  return {
    id,
    exit,
    async stop() {
      if (!ended) await stopGroup(id, graceMilliseconds);
      await exit;
    },
  };
}

/** Kills the group if a process in it carries the label: ids are used again, so a stored one proves nothing. */
export async function reapGroup(id: number, label: string): Promise<void> {
  if (id <= 1) return;
  const members = await groupMembers(id);
  const ours = await Promise.all(members.map(async (member) => carries(await describeProcess(member), label)));
  if (ours.includes(true)) await stopGroup(id, graceMilliseconds);
}

/** As a word or as a value, so that jr-1 is not found in jr-10. */
function carries(description: string, label: string): boolean {
  return description.split(/[\0\s]+/).some((word) => word === label || word.endsWith(`=${label}`));
}

/** The leader is the driver; when it has gone, or has used up its time, the rest is killed. */
async function stopGroup(id: number, grace: number): Promise<void> {
  const deadline = performance.now() + grace;
  if (grace > 0) await signalGroup(id, "SIGTERM");
  while (performance.now() < deadline && (await groupMembers(id)).includes(id)) await sleep(100);
  for (let waited = 0; (await groupMembers(id)).length > 0 && waited < graceMilliseconds; waited += 50) {
    await signalGroup(id, "SIGKILL");
    await sleep(50);
  }
}

async function signalGroup(id: number, signal: NodeJS.Signals): Promise<void> {
  send(-id, signal);
  for (const member of await groupMembers(id)) send(member, signal);
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/**
 * Living processes of the group and, on Linux, of the session it leads: PySpark's daemon and its workers make a
 * group of their own. (On macOS they end by themselves, when the pipe from the driver closes.) Zombies do not count:
 * in a container whose first process never waits they stay for ever.
 */
export async function groupMembers(id: number): Promise<number[]> {
  if (process.platform === "linux") {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const members = await Promise.all(
      pids.map(async (pid) => {
        const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
        // pid (name) state ppid pgrp session; the name may hold blanks and brackets.
        const [state, , group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const belongs = Number(group) === id || Number(session) === id;
        return belongs && state !== "Z" && state !== "X" ? [Number(pid)] : [];
      }),
    );
    return members.flat();
  }
  const { stdout } = await run("ps", ["-A", "-o", "pid=,pgid=,stat="]);
  return stdout.split("\n").flatMap((line) => {
    const [pid, group, state] = line.trim().split(/\s+/);
    return Number(group) === id && state?.startsWith("Z") === false ? [Number(pid)] : [];
  });
}

/** Command line, and on Linux the environment too: a Python worker shows the job only there. */
async function describeProcess(pid: number): Promise<string> {
  if (process.platform === "linux") {
    const [line, environment] = await Promise.all(
      ["cmdline", "environ"].map((file) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "")),
    );
    return `${line?.replaceAll("\0", " ").trim()}\n${environment}`;
  }
  const { stdout } = await run("ps", ["-ww", "-o", "args=", "-p", String(pid)]).catch(() => ({ stdout: "" }));
  return stdout.trim();
}
