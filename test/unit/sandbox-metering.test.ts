import { describe, expect, test } from "vitest";
import {
  cuHoursByHour,
  formatLocalTime,
  isOverOneMonth,
  javaMapText,
  parseLocalTime,
} from "../../src/sandbox/metering.ts";

const at = (text: string) => parseLocalTime(text) ?? Number.NaN;
const day = { from: at("2025-01-09 00:00:00"), to: at("2025-01-10 00:00:00") };

describe("metering", () => {
  test("a run over two hours is divided between them", () => {
    const run = { cu: 4, from: at("2025-01-09 00:30:00"), to: at("2025-01-09 01:15:00") };
    expect(javaMapText(cuHoursByHour([run], day))).toBe("{2025-01-09 00:00:00=2.0, 2025-01-09 01:00:00=1.0}");
  });

  test("runs in the same hour add up", () => {
    const run = { cu: 1, from: at("2025-01-09 00:00:00"), to: at("2025-01-09 00:20:00") };
    expect(javaMapText(cuHoursByHour([run, run], day))).toBe("{2025-01-09 00:00:00=0.666667}");
  });

  test("only what lies in the window counts", () => {
    const run = { cu: 1, from: at("2025-01-08 23:00:00"), to: at("2025-01-09 00:30:00") };
    expect([...cuHoursByHour([run], day).values()]).toEqual([0.5]);
  });

  test("a month is a calendar month, and the end of a short month is reached by a long one", () => {
    expect(isOverOneMonth(at("2026-01-31 00:00:00"), at("2026-02-28 00:00:00"))).toBe(false);
    expect(isOverOneMonth(at("2026-01-31 00:00:00"), at("2026-02-28 00:00:01"))).toBe(true);
  });

  test("a time comes back as it was written, and what is no time is refused", () => {
    expect(formatLocalTime(at("2025-06-01 13:07:09"))).toBe("2025-06-01 13:07:09");
    for (const text of ["2025-02-30 00:00:00", "2025-01-01", "2025-01-01 24:00:00", ""]) {
      expect(parseLocalTime(text)).toBeUndefined();
    }
  });
});
