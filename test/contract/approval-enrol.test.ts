import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeAt, stepMs } from "../unit/approval.support.ts";
import { openScene, run, runOnTerminal } from "./approval.support.ts";

/** Enrolling an authenticator app, as a person does it at a terminal. */

const secretIn = (output: string) => /^ {2}([A-Z2-7]{32})\s*$/m.exec(output)?.[1] ?? "";
const firstCode = [/Code that the app shows now:/, (output: string) => codeAt(secretIn(output), Date.now())] as const;

test("enroll shows a QR code and the secret, and counts once a code was typed", async () => {
  const { home, environment } = await openScene();
  const { code, output } = await runOnTerminal(["approver", "enroll"], environment, [firstCode]);
  expect(output).toContain("Enrolled.");
  expect(output).toMatch(/[▀▄█]{3}/);
  expect(code).toBe(0);
  expect(statSync(join(home, "authenticator.db")).mode & 0o777).toBe(0o600);
  expect((await run(["approver", "status"], environment)).output).toContain("An authenticator is enrolled");
});

test("enroll with a wrong code enrols nothing", async () => {
  const { environment } = await openScene();
  const { code, output } = await runOnTerminal(["approver", "enroll"], environment, [[firstCode[0], () => "12"]]);
  expect(output).toContain("Nothing was changed: the code is not right.");
  expect(code).toBe(3);
  expect((await run(["approver", "status"], environment)).output).toContain("No authenticator is enrolled");
});

test("a second enroll is refused until remove, which needs a code", async () => {
  const { environment } = await openScene();
  const { output } = await runOnTerminal(["approver", "enroll"], environment, [firstCode]);
  const again = await runOnTerminal(["approver", "enroll"], environment, []);
  expect(again).toMatchObject({ code: 3, output: expect.stringContaining("an authenticator is enrolled") });
  const prompt = /Code of your authenticator app:/;
  const wrong = await runOnTerminal(["approver", "remove"], environment, [[prompt, () => "000000"]]);
  expect(wrong.code).toBe(3);
  const right = await runOnTerminal(["approver", "remove"], environment, [
    [prompt, () => codeAt(secretIn(output), Date.now() + stepMs)],
  ]);
  expect(right).toMatchObject({ code: 0, output: expect.stringContaining("Removed.") });
});
