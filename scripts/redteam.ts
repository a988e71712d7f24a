/** Prints the red team's scorecard: requests that reached a listening cloud without a person's approval, attack by attack. */
import { attacks } from "../test/redteam/matrix/attacks.ts";
import { type Cell, runMatrix } from "../test/redteam/matrix/matrix.ts";

const cells = await runMatrix();
const operations = new Set(cells.map(({ operation }) => operation));
console.log(`${operations.size} gated operations, every attack in both protocol eras\n`);
console.log(`${"attack".padEnd(40)}${"tries".padStart(8)}${"got through".padStart(14)}`);
for (const attack of Object.keys(attacks)) {
  const tried = cells.filter((cell) => cell.attack === attack);
  console.log(`${attack.padEnd(40)}${String(tried.length).padStart(8)}${String(through(tried)).padStart(14)}`);
}
const control = cells.filter(({ attack }) => attack === "a person's yes");
const sent = control.filter(({ approved }) => approved === 1).length;
const forbidden = control.filter(({ risk }) => risk === "forbidden").length;
console.log(`\ncontrol: a person's yes let exactly one request out in ${sent} of ${control.length} cases;`);
console.log(`the other ${forbidden} are DeleteWorkspace, which no yes lets out.`);
const holds = through(cells) === 0 && sent + forbidden === control.length;
process.exitCode = holds ? 0 : 1;

function through(tried: readonly Cell[]): number {
  return tried.reduce((sum, { unapproved }) => sum + unapproved, 0);
}
