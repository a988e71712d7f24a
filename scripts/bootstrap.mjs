/**
 * Runs a script of this folder in a fresh clone: `node scripts/bootstrap.mjs quickstart --yes`.
 * Plain JavaScript without dependencies, because it runs on whatever Node there is, before anything is installed. It
 * installs, then hands over to the Node that came with the installation. Its own words go to stderr.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const scripts = { quickstart: "quickstart/main.ts", verify: "verify.ts" };
/** The least that runs TypeScript as it is; package.json says the same under `engines`. */
const leastNode = [22, 18];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, "node_modules");
const stamp = join(modules, ".installed-lockfile");
const [name, ...rest] = process.argv.slice(2);

if (!Object.hasOwn(scripts, name ?? "")) {
  stop(`There is no script ${name}.`, `Run one of: ${Object.keys(scripts).join(", ")}.`);
}
const lockfile = readLockfile();
const digest = createHash("sha256").update(lockfile).digest("hex");
if (!isInstalled()) install();
handOver(findNode(), join(root, "scripts", scripts[name]));

function readLockfile() {
  try {
    return readFileSync(join(root, "package-lock.json"), "utf8");
  } catch {
    return stop("package-lock.json cannot be read.", "Clone the repository again.");
  }
}

function isInstalled() {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === digest) return true;
  if (!isInstalledByHand()) return false;
  writeFileSync(stamp, digest);
  return true;
}

/** Whoever ran `npm install` has all of it without our stamp: npm keeps its own record of what it has put there. */
function isInstalledByHand() {
  try {
    const { packages: installed } = JSON.parse(readFileSync(join(modules, ".package-lock.json"), "utf8"));
    return Object.entries(JSON.parse(lockfile).packages).every(
      ([path, wanted]) => path === "" || wanted.optional || installed[path]?.version === wanted.version,
    );
  } catch {
    return false;
  }
}

function install() {
  console.error("Installing the packages of package-lock.json (npm ci, about a minute the first time) ...");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const options = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const ran = spawnSync(npm, options, { cwd: root, stdio: ["ignore", 2, 2], shell: process.platform === "win32" });
  if (ran.signal) process.exit(128 + (constants.signals[ran.signal] ?? 0));
  if (ran.error) stop(`npm cannot be run: ${ran.error.message}.`, "Install Node 22 or newer with npm, then try again.");
  if (ran.status !== 0) {
    stop("npm could not install the packages.", "Check that npm reaches its registry (npm ping), then run it again.");
  }
  writeFileSync(stamp, digest);
}

/** The pinned one of the installation; npm configured with ignore-scripts leaves it without a binary. */
function findNode() {
  const pinned = join(modules, "node", "bin", process.platform === "win32" ? "node.exe" : "node");
  if (spawnSync(pinned, ["--version"], { stdio: "ignore" }).status === 0) return pinned;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1])) return process.execPath;
  return stop(
    `This is Node ${process.versions.node}, and the Node 24 of node_modules does not run.`,
    `Install Node ${leastNode.join(".")} or newer, or run npm ci without --ignore-scripts.`,
  );
}

function handOver(node, script) {
  // Programs that the script starts by name, such as tsc, find this Node and these packages first.
  const path = [dirname(node), join(modules, ".bin"), process.env.PATH].join(process.platform === "win32" ? ";" : ":");
  const child = spawn(node, [script, ...rest], { stdio: "inherit", env: { ...process.env, PATH: path } });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.on(signal, () => {
      // Ctrl-C reaches every process of a terminal; a second one would count as impatience.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.once("error", (error) => stop(`${node} cannot be run: ${error.message}.`, "Remove node_modules, try again."));
  child.once("exit", (code, signal) => process.exit(signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1)));
}

function stop(problem, fix) {
  console.error(`${problem} ${fix}`);
  if (rest.includes("--json")) console.log(JSON.stringify({ ok: false, error: { code: "INSTALL", problem, fix } }));
  process.exit(1);
}
