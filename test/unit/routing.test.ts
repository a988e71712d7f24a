import { describe, expect, test } from "vitest";
import { createDirectory } from "../../src/server/directory.ts";
import { termsOf } from "../../src/server/word-index.ts";
import { intentsOf } from "../../tools/intents-by-cloud.ts";
import { contextWith, gatewayOver } from "../doubles/gateway-parts.ts";
import { createRouter, refusedOf, route, shareWithin, toolsOf } from "../routing/route.ts";
import { clouds, languages, readUtterances } from "../routing/utterances.ts";
import { dliPolicy } from "./policy-fixture.ts";

const atLeast = { known: { first: 0.9, three: 0.98 }, unseen: { first: 0.75, three: 0.88 } };
const doomed = { emr: { workspaceId: "w-1" }, dli: { elastic_resource_pool_name: "etl_1" } };
const profile = {
  name: "test",
  environment: "sandbox",
  regionId: "cn-north-4",
  endpoint: "cloud.test",
  mode: "full",
  identity: "tester",
} as const;
const policyOf = { emr: {}, dli: { policy: () => ({ ok: true, policy: dliPolicy() }) as const } };
const fewest = { emr: 150, dli: 60 };

describe.each(clouds)("with %s", (cloud) => {
  const router = createRouter(cloud);
  const utterances = languages.map((language) => readUtterances(cloud, language));

  test(`there are at least ${fewest[cloud]} utterances, half of them Chinese`, () => {
    const [english = [], chinese = []] = utterances;
    expect(english.length + chinese.length).toBeGreaterThanOrEqual(fewest[cloud]);
    expect(chinese.length).toBe(english.length);
    expect(chinese.filter(({ text }) => !/\p{Script=Han}/u.test(text))).toEqual([]);
    expect(english.filter(({ text }) => /\p{Script=Han}/u.test(text))).toEqual([]);
  });

  test("every tool but call_operation is asked for in both languages", () => {
    for (const asked of utterances) {
      const names = new Set(asked.map(({ expected }) => expected));
      const forgotten = toolsOf[cloud].filter(({ name }) => !names.has(name)).map(({ name }) => name);
      expect(forgotten).toEqual(["call_operation"]);
    }
  });

  test("what an utterance expects is a tool, or an operation that is always refused", () => {
    const tools = new Set(toolsOf[cloud].map(({ name }) => name));
    const refused = new Set(refusedOf(cloud));
    const unknown = utterances.flat().filter((said) => !(said.refused ? refused : tools).has(said.expected));
    expect(unknown).toEqual([]);
  });

  test("intents are kept for every tool and for nothing else but what is always refused", () => {
    const known = [...toolsOf[cloud].map(({ name }) => name), ...refusedOf(cloud)];
    expect(Object.keys(intentsOf[cloud]).sort()).toEqual(known.sort());
    expect(refusedOf(cloud)).toHaveLength(1);
  });

  test("no utterance is a phrase of the intents or the sentence of a description", () => {
    const phrases = Object.values(intentsOf[cloud]).flatMap(({ en, zh }) => [...en, ...zh]);
    const given = new Set([...phrases, ...toolsOf[cloud].map(({ description }) => description)].map(bare));
    expect(
      utterances
        .flat()
        .map(({ text }) => text)
        .filter((text) => given.has(bare(text))),
    ).toEqual([]);
  });

  test("no utterance is counted twice", () => {
    const texts = utterances.flat().map(({ text }) => bare(text));
    expect(texts.filter((text, at) => texts.indexOf(text) !== at)).toEqual([]);
  });

  describe.each(languages)("in %s", (language) => {
    const routed = route(readUtterances(cloud, language), router);
    const known = routed.filter(({ utterance }) => utterance.part !== "unseen");
    const heldOut = routed.filter(({ utterance }) => utterance.part === "held out");
    const unseen = routed.filter(({ utterance }) => utterance.part === "unseen");

    test("the right tool is first for 90 % and among three for 98 % of the utterances", () => {
      expect(shareWithin(known, 1)).toBeGreaterThanOrEqual(atLeast.known.first);
      expect(shareWithin(known, 3)).toBeGreaterThanOrEqual(atLeast.known.three);
    });

    test("half of the first utterances is held out, and 90 % of it finds the right tool first", () => {
      expect(heldOut.length).toBeGreaterThanOrEqual(30);
      expect(shareWithin(heldOut, 1)).toBeGreaterThanOrEqual(atLeast.known.first);
    });

    test("three of four who were never listened to find the right tool first", () => {
      expect(unseen.length).toBeGreaterThanOrEqual(30);
      expect(shareWithin(unseen, 1)).toBeGreaterThanOrEqual(atLeast.unseen.first);
      expect(shareWithin(unseen, 3)).toBeGreaterThanOrEqual(atLeast.unseen.three);
    });

    test("who wants to see something is never led to a deletion first", () => {
      const looking = routed.filter(({ utterance }) => /^(list|get|diagnose|wait)_/.test(utterance.expected));
      const led = looking.filter(({ found }) => /^delete/i.test(found[0] ?? ""));
      expect(led.map(({ utterance, found }) => `${utterance.text} -> ${found[0]}`)).toEqual([]);
    });
  });

  test("whoever wants to delete what is never deleted here is led to what refuses it", () => {
    const asking = utterances.flat().filter(({ refused }) => refused);
    expect(asking.length).toBeGreaterThan(5);
    for (const { text, expected } of asking) expect(router(text).slice(0, 3), text).toContain(expected);
  });

  test("the refusal found first under its own name sends nothing and names the console", async () => {
    const directory = createDirectory(toolsOf[cloud], cloud);
    const {
      gateway,
      clock,
      cloud: listening,
    } = gatewayOver({}, { profile: { ...profile, cloud }, ...policyOf[cloud] });
    const call = { gateway, clock, context: contextWith({ strength: "accepted" }) };
    for (const name of refusedOf(cloud)) {
      expect(directory.search(name, 1)).toMatchObject([{ name, gate: "refused always" }]);
      expect(await directory.call(name, doomed[cloud], call)).toMatchObject({
        code: "FORBIDDEN_OPERATION",
        next: expect.stringMatching(/console/i),
      });
    }
    expect(listening.sent).toEqual([]);
  });
});

test("Chinese is cut into signs and neighbours, Latin words lose their endings, and both stand in one text", () => {
  expect(termsOf("停止 Kyuubi 网关")).toEqual(["停", "止", "停止", "kyuubi", "网", "关", "网关"]);
  expect(termsOf("stopped the running jobs")).toEqual(["stop", "run", "job"]);
  expect(termsOf("SQL端点 dev_queue")).toEqual(["sql", "端", "点", "端点", "dev", "queue"]);
  expect(termsOf("帮我")).toEqual([]);
});

/** Without case, spaces and punctuation. */
function bare(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");
}
