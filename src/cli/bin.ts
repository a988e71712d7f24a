#!/usr/bin/env node
import module from "node:module";

// Read by whatever Node a client starts, so an old one gets a sentence and not a stack trace.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`spark-workspace-mcp needs Node 22.18 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
// Compiled code is kept between runs: a client starts this program once a session and waits for it.
module.enableCompileCache();
const { main } = await import("./main.ts");
process.exitCode = await main(process.argv.slice(2));
