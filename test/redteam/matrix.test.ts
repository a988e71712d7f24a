import { expect, test } from "vitest";
import { runMatrix } from "./matrix/matrix.ts";

test("no gated operation reaches the cloud without a person's yes, by any attack, in either era", async () => {
  const cells = await runMatrix();
  expect(cells.filter(({ unapproved }) => unapproved !== 0)).toEqual([]);

  // Zeros prove something only where the same request gets out once it is approved.
  const control = cells.filter(({ attack, risk }) => attack === "a person's yes" && risk !== "forbidden");
  expect(control.filter(({ approved }) => approved !== 1)).toEqual([]);
  expect(control.length).toBeGreaterThan(2 * 40);
}, 300_000);
