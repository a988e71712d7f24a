/**
 * `npm run redteam [-- --quick] [-- --json]`: runs every attack and prints one card; exits 1 when anything got through,
 * a control did not show, or a row was not run.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packageRoot } from "../src/package-root.ts";
import { printed, withScorecard } from "./scorecard.ts";

const { values } = parseArgs({ options: { json: { type: "boolean" }, quick: { type: "boolean" } } });
const vitest = join(packageRoot, "node_modules", "vitest", "vitest.mjs");

const { ran, card } = withScorecard(
  (environment) =>
    // stdout is the card's, so the runner's own words go to stderr.
    spawnSync(process.execPath, [vitest, "run", "--project=fast", "test/redteam", "--reporter=default", "--silent"], {
      cwd: packageRoot,
      stdio: ["ignore", 2, 2],
      env: { ...process.env, ...environment },
    }),
  values.quick,
);
const testsPassed = ran.status === 0;
if (values.json) console.log(JSON.stringify({ ...card, holds: card.holds && testsPassed, testsPassed }, null, 2));
else {
  console.log(printed(card));
  if (!testsPassed) console.log("Tests failed: what they saw is above, why they failed on stderr.");
}
process.exitCode = card.holds && testsPassed ? 0 : 1;
