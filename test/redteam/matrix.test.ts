import { expect, test } from "vitest";
import { attacks } from "./matrix/attacks.ts";
import { dli, emr } from "./matrix/cloud-under-attack.ts";
import { runMatrix } from "./matrix/matrix.ts";
import { familyOf } from "./scorecard/families.ts";
import { isQuick, score } from "./scorecard/record.ts";

test.each([
  { attacked: emr, isTried: () => true, atLeast: 40 },
  // Of the second cloud a quick run tries every fifth operation.
  {
    attacked: dli,
    isTried: (operation: string) => !isQuick || dli.operations.indexOf(operation) % 5 === 0,
    atLeast: 8,
  },
])(
  "$attacked.name: no gated operation reaches the cloud without a person's yes, by any attack, in either era",
  async ({ attacked, isTried, atLeast }) => {
    const cells = await runMatrix(attacked, isTried);
    const row = (name: string) => familyOf(attacked.name, name);
    for (const attack of Object.keys(attacks)) {
      const tried = cells.filter((cell) => cell.attack === attack);
      score(row(attack), {
        tries: tried.length,
        through: tried.reduce((sum, { unapproved }) => sum + Math.abs(unapproved), 0),
      });
    }
    const answered = cells.filter(({ attack }) => attack === "a person's yes");
    const forbidden = answered.filter(({ risk }) => risk === "forbidden");
    score(row("a forbidden operation, a person's yes"), {
      tries: forbidden.length,
      through: forbidden.reduce((sum, { approved = 0 }) => sum + approved, 0),
    });
    const admitted = answered.filter(({ risk }) => risk !== "forbidden");
    score(row("a person's yes"), {
      tries: admitted.length,
      through: admitted.filter(({ approved = 0 }) => approved > 1).length,
      control: { of: admitted.length, held: admitted.filter(({ approved }) => approved === 1).length },
    });
    expect(cells.filter(({ unapproved }) => unapproved !== 0)).toEqual([]);

    // Zeros prove something only where the same request gets out once it is approved.
    expect(admitted.filter(({ approved }) => approved !== 1)).toEqual([]);
    expect(admitted.length).toBeGreaterThan(2 * atLeast);
  },
  300_000,
);
