import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pickLogWindow, tailWindow } from "../../src/jobs/log-window.ts";

const whole = { firstLine: 0, maxBytes: 1000, maxLines: 100 };

describe("a window on a log", () => {
  test("that holds everything says that it is the end", () => {
    const window = pickLogWindow({ ...whole, lines: ["a", "b"], totalLines: 2 });
    expect(window).toMatchObject({ lines: ["a", "b"], nextLine: null, bytes: 3, truncatedLines: 0 });
    expect(window.howToGoOn.en).toContain("end of the log");
  });

  test("ends on a line border and says where to go on", () => {
    const window = pickLogWindow({
      ...whole,
      lines: ["aaaa", "bbbb", "cccc"],
      firstLine: 7,
      totalLines: 10,
      maxBytes: 10,
    });
    expect(window).toMatchObject({ lines: ["aaaa", "bbbb"], firstLine: 7, nextLine: 9, bytes: 9 });
    expect(window.howToGoOn.en).toContain("ask from line 9");
    expect(window.howToGoOn.zh).toContain("第 9 行");
  });

  test("keeps to the line cap", () => {
    expect(pickLogWindow({ ...whole, lines: ["a", "b", "c"], totalLines: 3, maxLines: 2 })).toMatchObject({
      lines: ["a", "b"],
      nextLine: 2,
    });
  });

  test("goes on when the service gave fewer lines than the log has", () => {
    expect(pickLogWindow({ ...whole, lines: ["a"], totalLines: 5 }).nextLine).toBe(1);
  });

  test("does not send the reader round in circles when no lines came", () => {
    expect(pickLogWindow({ ...whole, lines: [], firstLine: 3, totalLines: 5 }).nextLine).toBeNull();
  });

  test("cuts a line that is too long on its own and says how much is missing", () => {
    const window = pickLogWindow({ ...whole, lines: ["x".repeat(500), "y"], totalLines: 2, maxBytes: 100 });
    const [line = ""] = window.lines;
    const kept = /^x+/.exec(line)?.[0].length ?? 0;
    expect(line).toBe(`${"x".repeat(kept)} [${500 - kept} bytes left out]`);
    expect(window).toMatchObject({ truncatedLines: 1, nextLine: 1 });
  });

  test("splits no character when it cuts", () => {
    const [line = ""] = pickLogWindow({ ...whole, lines: ["日".repeat(200)], totalLines: 1, maxBytes: 100 }).lines;
    expect(line).toMatch(/^日+ \[\d+ bytes left out\]$/);
  });

  test("on the tail keeps the last lines", () => {
    const window = pickLogWindow({
      ...whole,
      lines: ["aaaa", "bbbb", "cccc"],
      firstLine: 7,
      totalLines: 10,
      maxBytes: 10,
      keep: "last",
    });
    expect(window).toMatchObject({ lines: ["bbbb", "cccc"], firstLine: 8, nextLine: null });
    expect(window.howToGoOn.en).toContain("Earlier lines end at 7");
  });

  test.each([
    ["\u001b[31mred\u001b[0m", "red"],
    ["\u001b]0;title\u0007text", "text"],
    ["\u001b]8;;http://x\u001b\\link\u001b]8;;\u001b\\", "link"],
    ["\u001b]never ended", "never ended"],
    ["a\u202eb\u2066c", "abc"],
    ["zero\u200bwidth\ufeff", "zerowidth"],
    ["tag\u{e0041}\u{e0042}", "tag"],
    ["nul\u0000bell\u0007", "nulbell"],
    ["10%\r20%", "10% 20%"],
    ["tab\tstays", "tab\tstays"],
    ["half \ud800", "half \ufffd"],
    ["中文 日志", "中文 日志"],
  ])("shows %j without what cannot be seen", (raw, shown) => {
    expect(pickLogWindow({ ...whole, lines: [raw], totalLines: 1 }).lines).toEqual([shown]);
  });
});

const anyLines = fc.array(fc.string({ unit: "binary", maxLength: 60 }), { maxLength: 20 });

test("a window never exceeds its caps, whatever the log holds", () => {
  fc.assert(
    fc.property(
      anyLines,
      fc.nat(200),
      fc.integer({ min: 1, max: 10 }),
      fc.constantFrom("first" as const, "last" as const),
      (lines, maxBytes, maxLines, keep) => {
        const window = pickLogWindow({ lines, firstLine: 0, totalLines: lines.length, maxBytes, maxLines, keep });
        expect(Buffer.byteLength(window.lines.join("\n"))).toBeLessThanOrEqual(maxBytes);
        expect(Buffer.byteLength(window.lines.join("\n"))).toBe(window.bytes);
        expect(window.lines.length).toBeLessThanOrEqual(maxLines);
        expect(window.lines.join("")).not.toMatch(/(?!\t)[\p{Cc}\p{Cf}]/u);
      },
    ),
    { numRuns: 500 },
  );
});

test("going on from window to window reads every line once", () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{0,40}$/), { minLength: 1, maxLength: 30 }),
      fc.integer({ min: 40, max: 120 }),
      (lines, maxBytes) => {
        const seen: string[] = [];
        let from: number | null = 0;
        while (from !== null) {
          const window = pickLogWindow({
            lines: lines.slice(from),
            firstLine: from,
            totalLines: lines.length,
            maxBytes,
            maxLines: 5,
          });
          seen.push(...window.lines);
          from = window.nextLine;
        }
        expect(seen).toEqual(lines);
      },
    ),
  );
});

describe("what to ask for to get the tail", () => {
  test.each([
    [1000, 200, { offset: 800, length: 200 }],
    [50, 200, { offset: 0, length: 50 }],
    [0, 200, { offset: 0, length: 0 }],
    [10, 0, { offset: 9, length: 1 }],
  ])("of %i lines, %i wanted", (total, lines, asked) => {
    expect(tailWindow(total, lines)).toEqual(asked);
  });
});
