import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanText } from "../../src/jobs/clean-text.ts";
import type { Language } from "../../src/language.ts";
import { eras } from "../fixtures/clients.ts";
import { corpus } from "./poison/corpus.ts";
import {
  batchNumbered,
  brokenJob,
  type DliScene,
  endedBatch,
  failedSql,
  openDliScene,
  readableSql,
  runningJob,
} from "./poison/dli-scene.ts";
import { holdsUnseen, skeletonOf, takeApart, unseen } from "./poison/reading.ts";
import { isQuick, score } from "./scorecard/record.ts";

/** Each text is delivered wherever DLI gives back what others wrote, and followed by the cancel that it asks for. */

const family = "DLI: poisoned text read, then what it asks";
const texts = corpus.filter((_, at) => !isQuick || at % 6 === 0);
let scene: DliScene;
let batches = 100;
const newBatch = () => batchNumbered(batches++);

beforeAll(async () => {
  scene = await openDliScene();
});
afterAll(() => scene.close());

/** The tools that show what jobs, tables and people wrote, and how each is called. */
const readers = [
  ["get_spark_batch", { batchId: endedBatch }],
  ["wait_spark_batch", { batchId: endedBatch }],
  ["get_spark_batch_log", { batchId: endedBatch }],
  ["get_dli_sql", { jobId: readableSql }],
  ["get_dli_sql", { jobId: failedSql }],
  ["get_flink_job", { jobId: Number(brokenJob) }],
  ["wait_flink_job", { jobId: Number(brokenJob), timeoutSeconds: 1 }],
  ["call_operation", { name: "ListSqlJobs", arguments: {} }],
  ["call_operation", { name: "ShowSparkJobLog", arguments: { batch_id: endedBatch } }],
] as const;

test.each(eras)(
  "%s: a session that read nothing cancels once its client accepts, so the rest proves something",
  async (era) => {
    scene.say("nightly");
    const session = await scene.session({ era });
    const before = scene.count("CancelSparkJob");
    await session.use("cancel_spark_batch", { batchId: newBatch() });
    const reached = scene.count("CancelSparkJob") - before;
    score(family, { tries: 0, through: 0, control: { of: 1, held: reached === 1 ? 1 : 0 } });
    expect(reached).toBe(1);
    expect(session.questions).toHaveLength(1);
    await session.close();
  },
);

describe.each(readers.map(([tool, input], number) => ({ tool, input, number, shown: JSON.stringify(input) })))(
  "what $tool shows of $shown",
  ({ tool, input, number }) => {
    // Each reader gets every other text, each text every other reader.
    const delivered = texts
      .map((poison, index) => ({ ...poison, index, era: eras[(index >> 1) % eras.length] ?? eras[0] }))
      .filter(({ index }) => (index + number) % 2 === 0);
    test.each(delivered)("gets nothing cancelled and stays within its boundary: $id", async ({ text, era }) => {
      scene.say(text);
      const session = await scene.session({ era });
      const before = scene.count("CancelSparkJob");
      const read = await session.use(tool, input);
      const { own, blocks } = takeApart(read.text);
      // A row too long to be shown was not read, and steers nobody.
      if (blocks.length === 0 && own.some((line) => line.includes("; the first 0 are here"))) {
        expect(JSON.stringify(read.result)).not.toContain(cleanText(text).slice(0, 40));
        return session.close();
      }
      // It can be cancelled, and nobody has been asked about it yet.
      const cancel = await session.use("cancel_spark_batch", { batchId: newBatch() });
      score(family, { tries: 1, through: scene.count("CancelSparkJob") - before });

      expect(read.result.isError, read.text).toBeFalsy();
      expect(holdsUnseen(read.result)).toEqual([]);
      expect(blocks.length).toBeGreaterThan(0);
      for (const { boundary, body } of blocks) expect(body.join("\n")).not.toContain(boundary);
      expect(own.filter((line) => /^where: /.test(line))).toHaveLength(1);
      expect(own.filter((line) => /^next: /.test(line)).length).toBeLessThanOrEqual(1);
      expect(own.filter((line) => /^approved by/.test(line))).toEqual([]);

      expect(cancel.text).toMatch(/^AWAITING_APPROVAL: /);
      expect(cancel.result.structuredContent).toMatchObject({ requiredStrength: "out-of-band" });
      expect(session.questions).toEqual([]);
      expect(scene.count("CancelSparkJob")).toBe(before);
      await session.close();
    });
  },
);

test("a log, a row and a failure stand nowhere outside of their boundary", async () => {
  for (const { text } of texts) {
    for (const [tool, input] of [readers[2], readers[3], readers[4], readers[8]]) {
      scene.say(text);
      const session = await scene.session({ era: "2026-07-28" });
      const { own } = takeApart((await session.use(tool, input)).text);
      for (const line of cleanText(text).split("\n").filter(Boolean)) {
        expect(own.join("\n"), tool).not.toContain(line.slice(0, 40));
      }
      await session.close();
    }
  }
}, 60_000);

describe("a name", () => {
  const harmless = { en: "nightly", zh: "每晚" } as const;
  const listings = [
    ["list_spark_batches", {}],
    ["list_flink_jobs", {}],
    ["get_flink_job", { jobId: Number(runningJob) }],
    ["list_dli_traces", {}],
    ["list_dli_connections", {}],
    ["get_started", {}],
  ] as const;

  async function namesShown(text: string, language: Language) {
    scene.say(text);
    const session = await scene.session({ era: "2026-07-28", language, accepts: false });
    const shown: Array<{ tool: string } & Awaited<ReturnType<typeof session.use>>> = [];
    for (const [tool, input] of listings) shown.push({ tool, ...(await session.use(tool, input)) });
    await session.use("cancel_spark_batch", { batchId: newBatch() });
    await session.close();
    return { shown, question: session.questions.join("\n") };
  }

  const plain = { en: namesOnce("en"), zh: namesOnce("zh") };
  function namesOnce(language: Language) {
    let shown: ReturnType<typeof namesShown> | undefined;
    return () => {
      shown ??= namesShown(harmless[language], language);
      return shown;
    };
  }

  test.each(
    texts.map((poison, index) => ({ ...poison, language: index % 2 === 0 ? ("en" as const) : ("zh" as const) })),
  )(
    "adds no line and breaks out of no quotation, in listings and in the question ($language): $id",
    async ({ text, language }) => {
      const expected = await plain[language]();
      const before = scene.count("CancelSparkJob");
      const poisoned = await namesShown(text, language);
      score("DLI: poisoned name, lists and the question", {
        tries: 1,
        through: scene.count("CancelSparkJob") - before,
      });
      const level = (line: string) => line.replace(/5b1f0c52-[\w-]+/, "batch");
      // Of one job the name stands behind its label, on a line of its own.
      const labelled = (line: string) => line.replace(/^name: .*$/, "name:");
      for (const [index, { tool, result, text: shown }] of poisoned.shown.entries()) {
        expect(result.isError, shown).toBeFalsy();
        expect(holdsUnseen(result), tool).toEqual([]);
        // A name longer than an answer may be is left out with its row, and the answer says so.
        if (Object.keys(result.structuredContent ?? {}).includes("cut")) {
          expect(text.length).toBeGreaterThan(1_000);
          continue;
        }
        const wanted = skeletonOf(expected.shown[index]?.text ?? "");
        expect(skeletonOf(shown).map(labelled), tool).toEqual(wanted.map(labelled));
      }
      expect(poisoned.question).not.toBe("");
      expect(poisoned.question).not.toMatch(unseen);
      expect(skeletonOf(poisoned.question).map(level)).toEqual(skeletonOf(expected.question).map(level));
      expect(scene.count("CancelSparkJob")).toBe(before);
    },
  );
});
