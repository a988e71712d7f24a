import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import manifest from "../../../package.json" with { type: "json" };
import { packageRoot } from "../../package-root.ts";
import { type Client, type ClientName, clientOf } from "../install/clients.ts";
import { differenceOf } from "../install/difference.ts";
import { snippetOf, withEntry } from "../install/edit.ts";
import { launchOf, type Wanted } from "../install/launch.ts";

export interface InstallOptions extends Wanted {
  readonly write?: boolean;
}

/**
 * Prints what a client must be told to start this server, and with `write` tells it. Credentials are none of it.
 * @returns exit code
 */
export function installFor(name: ClientName, options: InstallOptions): number {
  if (!existsSync(join(packageRoot, "dist", "bin.js"))) {
    console.error("Nothing was done: dist/bin.js does not exist. Build it first: npm run build.");
    return 1;
  }
  const { platform, execPath: node, env: environment } = process;
  const { version } = manifest;
  const launch = launchOf({ root: packageRoot, node, platform, name: manifest.name, version }, options);
  const client = clientOf(name, launch, { platform, home: homedir(), environment });
  const exitCode = options.write ? write(client) : print(client);
  if (exitCode === 0 && !options.sandbox) {
    console.log(
      "Credentials stay out of it. Without any it is a sandbox; `spark-workspace-mcp doctor` says what it finds.",
    );
  }
  return exitCode;
}

function print(client: Client): number {
  console.log(`${client.title} reads ${client.file}. It needs:\n\n${snippetOf(client)}\n`);
  if (client.command) console.log(`or, the same by its own command:\n\n${client.command.map(quoted).join(" ")}\n`);
  console.log("Nothing was written. With --write it is, after the difference is shown.");
  return 0;
}

function write(client: Client): number {
  const exists = existsSync(client.file);
  // A link, as people have it who keep their settings elsewhere, stays one.
  const file = exists ? realpathSync(client.file) : client.file;
  const before = exists ? readFileSync(file, "utf8") : "";
  const edited = withEntry(before, client);
  if (!edited.ok) {
    console.error(`Nothing was written: ${client.file} cannot be edited, ${edited.problem}. Add this by hand:\n`);
    console.error(snippetOf(client));
    return 1;
  }
  if (edited.text === before) {
    console.log(`${client.file} has it already; nothing was written.`);
    return 0;
  }
  const { type, command, args, env = {} } = client.entry;
  console.log(client.file);
  console.log(differenceOf(before, edited.text, [...(type ? [type] : []), command, ...args, ...Object.values(env)]));
  const backup = exists ? backUp(file) : undefined;
  replace(file, edited.text);
  console.log(`\nWritten${backup ? `; as it was before: ${backup}` : ""}. Restart ${client.title} to see it.`);
  return 0;
}

function backUp(file: string): string {
  const backup = `${file}.${new Date().toISOString().replace(/[^\dTZ]/g, "")}.bak`;
  copyFileSync(file, backup);
  return backup;
}

/** In one step, so a client that reads just now finds the old file or the new one. */
function replace(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const mode = existsSync(file) ? statSync(file).mode & 0o777 : 0o600;
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, text, { mode });
  renameSync(fresh, file);
}

function quoted(word: string): string {
  return /^[\w./:@=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
