import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { verifyChain } from "../../src/ledger/verify.ts";
import { connectHttp, eras } from "../fixtures/clients.ts";
import { type Crowd, gather, type Member } from "./concurrent/crowd.ts";
import { type Ground, openGround } from "./concurrent/ground.ts";
import { guessedIds, read, type Scene, type Story, stories } from "./concurrent/stories.ts";
import { score } from "./scorecard/record.ts";

/** Many clients, many open questions at once: no call is lost, no yes is used twice or for anything but what it was said to. */

const total = 1_000;
/** Stories that are played at the same time, beside the ones that stay pending. */
const lanes = 160;
/** Of client and server together. A call's deadlines stay for up to a minute after it, and hold on to about half of this. */
const mostHeapPerCall = 64 * 1024;
const mebibyte = 1024 * 1024;

interface Cast {
  name: string;
  story: Omit<Story, "times">;
  scene: Scene;
}

interface Ending {
  name: string;
  story: Cast["story"];
  target: string;
  decoy: string;
  codes: readonly string[];
}

test("1,000 calls of 32 clients with approvals pending: none lost, none doubled, none approved by another's yes", async () => {
  const ground = await openGround();
  const crowd = await gather(ground);
  // Everything is loaded once before memory is measured.
  await Promise.all(crowd.members.map((member) => member.read("jr-warm")));
  const warm = crowd.calls();
  const before = heapInUse();
  const started = Date.now();

  const { endings, mostWaiting } = await playAll(ground, crowd);

  const tookMs = Date.now() - started;
  const heapGrowth = heapInUse() - before;
  const sent = (ending: Ending) => ground.cloud.cancelsOf(ending.target);
  const figures = {
    calls: crowd.calls() - warm,
    answered: crowd.answered() - warm,
    stories: countBy(endings, ({ name }) => name),
    outcomes: countBy(
      endings.flatMap(({ codes }) => codes),
      (code) => code,
    ),
    approvedTargets: endings.filter(({ story }) => story.cancels === 1).length,
    cancelsAtTheCloud: ground.cloud.cancels(),
    mostQuestionsOpenAtOnce: mostWaiting,
    seconds: tookMs / 1_000,
    heapGrowthMiB: Math.round(heapGrowth / mebibyte),
    heapMiB: Math.round(process.memoryUsage().heapUsed / mebibyte),
    mostResidentMiB: Math.round(process.resourceUsage().maxRSS / 1024),
    sessions: ground.open.sessions() + ground.guarded.sessions(),
    auditRows: [...ground.ledger.auditRows()].length,
  };
  console.log(JSON.stringify(figures, undefined, 2));

  const beyond = endings.reduce((sum, ending) => sum + Math.max(0, sent(ending) - ending.story.cancels), 0);
  const toDecoys = endings.reduce((sum, { decoy }) => sum + ground.cloud.cancelsOf(decoy), 0);
  const approved = endings.filter(({ story }) => story.cancels === 1);
  score("32 clients take each other's approvals", {
    tries: figures.answered,
    through: beyond + toDecoys,
    control: { of: approved.length, held: approved.filter((ending) => sent(ending) === 1).length },
  });

  // None lost.
  expect(figures).toMatchObject({ calls: total, answered: total });
  expect(endings.filter((ending) => !isAsTold(ending)).map(({ name, codes }) => ({ name, codes }))).toEqual([]);
  // None doubled, and none approved by another's yes: each target as often as a person said yes to it.
  expect(endings.filter((ending) => sent(ending) !== ending.story.cancels).map(({ name }) => name)).toEqual([]);
  expect(endings.filter(({ decoy }) => ground.cloud.cancelsOf(decoy) > 0)).toEqual([]);
  expect(figures.cancelsAtTheCloud).toBe(figures.approvedTargets);
  expect(crowd.misdirected).toEqual([]);
  expect(mostWaiting).toBeGreaterThan(100);
  // Bounded.
  expect(heapGrowth).toBeLessThan(total * mostHeapPerCall);
  expect(figures.sessions).toBe(crowd.members.filter(({ era }) => era === "2025-11-25").length);

  expectRecordIsWhole(ground, endings);
  await expectHealthy(ground);
}, 120_000);

async function playAll(ground: Ground, crowd: Crowd): Promise<{ endings: Ending[]; mostWaiting: number }> {
  const { promise: othersAreDone, resolve: othersDone } = Promise.withResolvers<void>();
  const casts = castAll(ground, crowd, othersAreDone);
  let mostWaiting = 0;
  let played = 0;
  const play = async ({ name, story, scene }: Cast): Promise<Ending> => {
    const answers = await story.play(scene);
    played += 1;
    if (played % 10 === 0) mostWaiting = Math.max(mostWaiting, openQuestions(ground));
    return { name, story, target: scene.target, decoy: scene.decoy, codes: answers.map(({ code }) => code) };
  };
  const pending = casts.filter(({ story }) => story.isPending).map(play);
  const queue = casts.filter(({ story }) => !story.isPending);
  const endings: Ending[] = [];
  const lane = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) endings.push(await play(next));
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  othersDone();
  return { endings: [...endings, ...(await Promise.all(pending))], mostWaiting };
}

function openQuestions({ ledger }: Ground): number {
  return ledger.listPlans({ state: "waiting", limit: 2_000 }).length;
}

/** All stories, in an order that mixes them and is the same in every run, filled up with reads. */
function castAll(ground: Ground, crowd: Crowd, othersAreDone: Promise<void>): Cast[] {
  const told = Object.entries(stories).flatMap(([name, story]) =>
    Array.from({ length: story.times }, () => ({ name, story: story as Cast["story"] })),
  );
  const reads = total - told.reduce((sum, { story }) => sum + story.calls, 0);
  const all = [...told, ...Array.from({ length: reads }, () => ({ name: "read", story: read }))];
  const parts = {
    asker: inTurn(crowd.members.filter(({ canAsk, hasToken }) => canAsk && !hasToken)),
    silent: inTurn(crowd.members.filter(({ canAsk }) => !canAsk)),
    stranger: inTurn(crowd.members.filter(({ hasToken }) => hasToken)),
  };
  return all
    .map((each, index) => ({
      ...each,
      scene: { target: `jr-${index}x`, decoy: `jr-${index}decoy`, ground, othersAreDone, ...parts },
      order: (index * 7_919) % 1_009,
    }))
    .sort((a, b) => a.order - b.order);
}

function inTurn(members: readonly Member[]): (era?: Member["era"]) => Member {
  let turn = 0;
  return (era) => {
    const fitting = members.filter((member) => era === undefined || member.era === era);
    const member = fitting[turn++ % fitting.length];
    if (!member) throw new Error("nobody in the crowd can play this part");
    return member;
  };
}

function isAsTold({ story, codes }: Ending): boolean {
  const fits = story.codes.every((wanted, index) => [wanted].flat().includes(codes[index] ?? ""));
  // Where several calls want the same request, one of them and no more has carried it out.
  const done = codes.filter((code) => code === "DONE").length;
  return fits && codes.length === story.calls && (story === read || done === story.cancels);
}

/** The ledger tells the same story as the cloud: one burnt approval and one settled intent for each cancel. */
function expectRecordIsWhole({ ledger, cloud }: Ground, endings: readonly Ending[]): void {
  expect(verifyChain(ledger.auditRows())).toMatchObject({ ok: true });
  const approved = endings.filter(({ story }) => story.cancels === 1).map(({ target }) => target);
  const used = ledger.listPlans({ state: "used", limit: 2_000 }).map(({ target }) => target);
  expect(used.sort()).toEqual(approved.sort());
  expect(ledger.listPlans({ state: "approved", limit: 2_000 })).toEqual([]);
  const intents = ledger.listIntents({ unresolvedOnly: false, limit: 2_000 });
  expect(intents.filter(({ state }) => state !== "answered")).toEqual([]);
  expect(intents).toHaveLength(cloud.cancels());
}

async function expectHealthy(ground: Ground): Promise<void> {
  expect(ground.logged.errors).toEqual([]);
  // What the thefts leave in the log, and nothing else: states of another principal, and answers to nobody's question.
  const noted = countBy(ground.logged.warnings, (message) => message.replace(/[:{].*/s, ""));
  expect(noted).toEqual({
    "requestState verification rejected tools/call": stories["its state taken by others, approved"]?.times,
    "Received a response for an unknown message ID":
      guessedIds * (stories["its question answered by number in another session, declined"]?.times ?? 0),
  });

  const health = await fetch(new URL("/healthz", ground.open.url));
  expect(health.status).toBe(200);
  for (const era of eras) {
    const elicit = () => ({ action: "accept" as const, content: { approve: true } });
    const client = await connectHttp(ground.open.url, { era, elicit });
    const target = `jr-after${era.slice(0, 4)}`;
    const result = await client.callTool({
      name: "cancel_job_run",
      arguments: { workspaceId: "w-d2d82aa09155", jobRunId: target },
    });
    expect(result.isError ?? false).toBe(false);
    expect(ground.cloud.cancelsOf(target)).toBe(1);
    await client.close();
  }
}

function countBy<T>(values: readonly T[], keyOf: (value: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[keyOf(value)] = (counts[keyOf(value)] ?? 0) + 1;
  return counts;
}

/** After a collection, so that it is what is held and not what is yet to be swept. */
function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  return process.memoryUsage().heapUsed;
}
