import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { enrolmentUri, newSecret, openAuthenticator } from "../../src/approval/authenticator.ts";
import { codeAt, enrolledAuthenticator, newFolder, noon, stepMs } from "./approval.support.ts";

function wrongCode(secret: string, now: number): string {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeAt(secret, now + steps * stepMs));
  return ["000000", "111111", "222222", "333333", "444444", "555555"].find((code) => !near.includes(code)) ?? "";
}

describe("enrolling", () => {
  test("writes the secret into a file that the user alone can read, once a code has shown that the app has it", () => {
    const { file, authenticator } = enrolledAuthenticator(noon);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(authenticator.status()).toEqual({ enrolled: true, since: noon });
  });

  test("with a wrong code writes nothing", () => {
    const file = join(newFolder(), "authenticator.db");
    const secret = newSecret();
    expect(openAuthenticator(file).enrol(secret, wrongCode(secret, noon), noon)).toBe("wrong");
    expect(existsSync(file)).toBe(false);
  });

  test("is refused while an app is enrolled, and that app goes on counting", () => {
    const { file, authenticator, secret } = enrolledAuthenticator(noon);
    const other = newSecret();
    expect(openAuthenticator(file).enrol(other, codeAt(other, noon), noon)).toBe("already enrolled");
    expect(authenticator.check(codeAt(secret, noon), noon)).toEqual({ kind: "accepted" });
  });

  test("gives apps a URI with the secret, its issuer and the usual settings", () => {
    const secret = newSecret();
    const uri = new URL(enrolmentUri(secret, "me@here"));
    expect(uri.protocol).toBe("otpauth:");
    expect(Object.fromEntries(uri.searchParams)).toMatchObject({
      secret,
      issuer: "spark-workspace-mcp",
      digits: "6",
      period: "30",
    });
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  });
});

describe("a code", () => {
  test.each([
    ["one step late", -1, "accepted"],
    ["of now", 0, "accepted"],
    ["one step early", 1, "accepted"],
    ["two steps early", 2, "wrong"],
    ["two steps late", -2, "wrong"],
  ])("%s is %s", (_, steps, kind) => {
    const { secret, authenticator } = enrolledAuthenticator(noon - 10 * stepMs);
    expect(authenticator.check(codeAt(secret, noon + steps * stepMs), noon).kind).toBe(kind);
  });

  test("counts once, for every process that reads the file", () => {
    const { secret, authenticator, file } = enrolledAuthenticator(noon);
    const code = codeAt(secret, noon);
    expect(authenticator.check(code, noon).kind).toBe("accepted");
    expect(authenticator.check(code, noon).kind).toBe("used");
    expect(openAuthenticator(file).check(code, noon + stepMs).kind).toBe("used");
  });

  test("that enrolled the app has counted", () => {
    const secret = newSecret();
    const authenticator = openAuthenticator(join(newFolder(), "authenticator.db"));
    authenticator.enrol(secret, codeAt(secret, noon), noon);
    expect(authenticator.check(codeAt(secret, noon), noon).kind).toBe("used");
  });

  test("older than the last one that counted is worthless", () => {
    const { secret, authenticator } = enrolledAuthenticator(noon - 10 * stepMs);
    expect(authenticator.check(codeAt(secret, noon), noon).kind).toBe("accepted");
    expect(authenticator.check(codeAt(secret, noon - stepMs), noon).kind).toBe("used");
  });

  test("may be typed with the blank that apps show in its middle", () => {
    const { secret, authenticator } = enrolledAuthenticator(noon);
    const code = codeAt(secret, noon);
    expect(authenticator.check(` ${code.slice(0, 3)} ${code.slice(3)}`, noon).kind).toBe("accepted");
  });

  test.each(["", "12345", "1234567", "abcdef", "１２３４５６"])("%j is wrong", (code) => {
    expect(enrolledAuthenticator(noon).authenticator.check(code, noon).kind).toBe("wrong");
  });
});

describe("five wrong codes", () => {
  function locked(now: number) {
    const { secret, authenticator, file } = enrolledAuthenticator(noon);
    for (let tries = 1; tries < 5; tries += 1) {
      expect(authenticator.check(wrongCode(secret, now), now).kind).toBe("wrong");
    }
    return { secret, authenticator, file, verdict: openAuthenticator(file).check(wrongCode(secret, now), now) };
  }

  test("make even the right one worthless for five minutes, in every process", () => {
    const { secret, file, verdict } = locked(noon);
    expect(verdict).toEqual({ kind: "locked", until: noon + 300_000 });
    const later = noon + 299_000;
    expect(openAuthenticator(file).check(codeAt(secret, later), later).kind).toBe("locked");
    const after = noon + 301_000;
    expect(openAuthenticator(file).check(codeAt(secret, after), after).kind).toBe("accepted");
  });

  test("and five more make the pause twice as long, up to an hour", () => {
    const { secret, authenticator } = locked(noon);
    let now = noon + 301_000;
    const pauses: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      for (let tries = 1; tries < 5; tries += 1) authenticator.check(wrongCode(secret, now), now);
      const verdict = authenticator.check(wrongCode(secret, now), now);
      if (verdict.kind !== "locked") throw new Error("expected a pause");
      pauses.push((verdict.until - now) / 60_000);
      now = verdict.until + 1;
    }
    expect(pauses).toEqual([10, 20, 40, 60, 60]);
  });

  test("count only in a row", () => {
    const { secret, authenticator } = enrolledAuthenticator(noon);
    for (let tries = 0; tries < 4; tries += 1) authenticator.check(wrongCode(secret, noon), noon);
    expect(authenticator.check(codeAt(secret, noon), noon).kind).toBe("accepted");
    expect(authenticator.check(wrongCode(secret, noon), noon).kind).toBe("wrong");
  });
});

test("removing needs a code, and then no app is enrolled", () => {
  const { secret, authenticator, file } = enrolledAuthenticator(noon);
  expect(authenticator.remove(wrongCode(secret, noon), noon).kind).toBe("wrong");
  expect(authenticator.status().enrolled).toBe(true);
  expect(authenticator.remove(codeAt(secret, noon), noon).kind).toBe("accepted");
  expect(openAuthenticator(file).status()).toEqual({ enrolled: false });
});

test.each([
  ["damaged", "not a database"],
  ["empty", ""],
])("a file that is %s is never taken for no authenticator", (_, content) => {
  const file = join(newFolder(), "authenticator.db");
  writeFileSync(file, content);
  expect(() => openAuthenticator(file).status()).toThrow();
  expect(() => openAuthenticator(file).check("123456", noon)).toThrow();
});
