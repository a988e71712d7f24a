#!/usr/bin/env node
// Compiled code is kept between runs: a client starts this program once a session and waits for it.
import { enableCompileCache } from "node:module";

enableCompileCache();
const { main } = await import("./main.ts");
process.exitCode = await main(process.argv.slice(2));
