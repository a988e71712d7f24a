import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createEmrTransport } from "../../src/clouds/emr/transport.ts";
import type { Operation } from "../../src/gateway/types.ts";
import { findOperation, operationIndex } from "../../src/operations/registry.ts";
import { packageRoot } from "../../src/package-root.ts";
import { type LoadedPolicy, loadPolicy, type PolicyFile } from "../../src/policy/load.ts";
import { contextWith, gatewayOver, manualClock, runApproved } from "../doubles/gateway-parts.ts";
import { type ListeningCloud, listenAsCloud } from "../doubles/listening-cloud.ts";
import { startServer } from "../doubles/real-server.ts";
import { newDataFolder, newWorkspace, onCleanUp, openSandbox, startJob } from "../doubles/sandbox-emr.ts";
import { eras } from "../fixtures/clients.ts";
import { ruleOf, shippedFiles, shippedPolicy } from "../unit/policy-fixture.ts";
import { sampleInput } from "./matrix/sample-input.ts";
import { score } from "./scorecard/record.ts";

/** Whatever befalls a policy file, nothing reaches the cloud that the whole file would have kept back. */

const everyOperation = "damaged policy, every operation";
const user = (name: string, text: string): PolicyFile => ({ name, text });
const [emr = user("", ""), storage = user("", "")] = shippedFiles.rules;
const whole = { rules: [emr, storage], limits: shippedFiles.limits };
const edited = (file: PolicyFile, from: string | RegExp, to: string): PolicyFile => {
  const text = file.text.replace(from, to);
  if (text === file.text) throw new Error(`${file.name} has no ${String(from)}`);
  return { ...file, text };
};

/** Each leaves no policy at all. */
const damages: Readonly<Record<string, Parameters<typeof loadPolicy>[0]>> = {
  "rules empty": { ...whole, rules: [user(emr.name, ""), storage] },
  "all rules empty": { ...whole, rules: [] },
  "rules of no YAML": { ...whole, rules: [user(emr.name, `${emr.text}\n  : [`), storage] },
  "rules with a byte of noise": {
    ...whole,
    rules: [edited(emr, "risk: destructive", "risk: destr\u0000uctive"), storage],
  },
  "rules that are a list": { ...whole, rules: [user(emr.name, "- 1"), storage] },
  "rules twice": { ...whole, rules: [emr, emr, storage] },
  "rules with a misspelt key": { ...whole, rules: [edited(emr, "prechecks:", "precheks:"), storage] },
  "rules that call a cancel a read": { ...whole, rules: [edited(emr, "risk: destructive", "risk: read"), storage] },
  "limits empty": { ...whole, limits: user("limits.yaml", "") },
  "limits without a class": { ...whole, limits: edited(whole.limits, /^ {2}destructive: .*\n/m, "") },
  "limits with text for a number": { ...whole, limits: edited(whole.limits, "maxJobCu: 100", "maxJobCu: many") },
  "environments of no YAML": { ...whole, environments: user("environments.yaml", "environments: [") },
  "environments empty": { ...whole, environments: user("environments.yaml", "") },
  "environments misspelt": {
    ...whole,
    environments: user("environments.yaml", "version: 1\nenvironments:\n  - { name: prodction, workspaces: [w-1] }\n"),
  },
  "overlay empty": { ...whole, overlay: user("policy.yaml", "") },
  "overlay of no YAML": { ...whole, overlay: user("policy.yaml", "version: 1\napproval: {") },
  "overlay that is a list": { ...whole, overlay: user("policy.yaml", "- forbid") },
  "overlay that loosens a class": {
    ...whole,
    overlay: user("policy.yaml", "version: 1\napproval: { destructive: none }\n"),
  },
  "overlay that loosens an environment": {
    ...whole,
    overlay: user("policy.yaml", "version: 1\nenvironments: { production: { destructive: accepted } }\n"),
  },
  "overlay that raises a bound": {
    ...whole,
    overlay: user("policy.yaml", "version: 1\nlimits: { spend: { maxJobCu: 1000 } }\n"),
  },
  "overlay that forbids what is not there": {
    ...whole,
    overlay: user("policy.yaml", "version: 1\nforbid: [CancelJob]\n"),
  },
  "overlay that allows the forbidden": {
    ...whole,
    overlay: user("policy.yaml", "version: 1\noperations: { DeleteWorkspace: { risk: read } }\n"),
  },
};

let cloud: ListeningCloud;
beforeAll(async () => {
  cloud = await listenAsCloud();
});
afterAll(() => cloud.close());

function gatewayUnder(loaded: LoadedPolicy) {
  const credentials = { kind: "pair", accessKeyId: "testid", accessKeySecret: "testsecret" } as const;
  const transport = createEmrTransport({ host: cloud.host, protocol: "http", credentials });
  return gatewayOver({}, { policy: () => loaded, transport: async () => transport, clock: manualClock() }).gateway;
}

/** How many requests each operation made, a person saying yes to whatever is asked. */
async function requestsOf(loaded: LoadedPolicy, operations: readonly string[]): Promise<Map<string, number>> {
  const gateway = gatewayUnder(loaded);
  const made = new Map<string, number>();
  for (const operation of operations) {
    const row = findOperation(operation);
    if (!row) throw new Error(`no operation ${operation}`);
    const before = cloud.received.length;
    await runApproved(gateway, operation as Operation, sampleInput(row) as never);
    made.set(operation, cloud.received.length - before);
  }
  return made;
}

const sum = (values: Iterable<number>) => [...values].reduce((total, each) => total + each, 0);
const operations = operationIndex.map(({ name }) => name);

test("under the whole policy every operation but the forbidden sends something, so the rest proves something", async () => {
  const made = await requestsOf(loadPolicy(whole), operations);
  const admitted = operations.filter((operation) => shippedPolicy().rule(operation)?.risk !== "forbidden");
  const held = admitted.filter((operation) => (made.get(operation) ?? 0) > 0).length;
  score(everyOperation, { tries: 0, through: 0, control: { of: admitted.length, held } });
  expect(admitted.filter((operation) => made.get(operation) === 0)).toEqual([]);
}, 60_000);

test.each(Object.entries(damages))("%s: nothing is sent, not even a read", async (_, files) => {
  const loaded = loadPolicy(files);
  const made = await requestsOf(loaded, operations);
  score(everyOperation, { tries: made.size, through: sum(made.values()) });
  expect(loaded.ok).toBe(false);
  expect(sum(made.values())).toBe(0);
  const context = contextWith({ strength: "out-of-band" });
  const outcome = await gatewayUnder(loaded).run("ListWorkspaces", {}, context);
  expect(outcome).toMatchObject({ kind: "refused", code: "POLICY_UNREADABLE" });
});

describe("a policy file cut off anywhere", () => {
  /** What stands between a request and the cloud. */
  const gates = ({ risk, target, prechecks, idempotency, lookup, impact }: ReturnType<typeof ruleOf>) =>
    JSON.stringify({ risk, target, prechecks, idempotency, lookup, impact });

  test("leaves no rule weaker than it was, and sends nothing where it left none", async () => {
    const places = 60;
    let tried = 0;
    let through = 0;
    const weaker: string[] = [];
    for (let place = 1; place < places; place += 1) {
      // Both at an end of a line, where what is left may well be good YAML, and in the midst of one.
      const at = Math.round((emr.text.length * place) / places);
      for (const end of [emr.text.lastIndexOf("\n", at) + 1, at]) {
        const loaded = loadPolicy({ ...whole, rules: [{ ...emr, text: emr.text.slice(0, end) }, storage] });
        tried += 1;
        if (!loaded.ok) continue;
        const { policy } = loaded;
        const left = policy.operations().filter((operation) => operations.includes(operation));
        weaker.push(
          ...left.filter((operation) => gates(ruleOf(policy, operation)) !== gates(ruleOf(shippedPolicy(), operation))),
        );
        const lost = operations.filter((operation) => !policy.rule(operation));
        const made = await requestsOf(loaded, lost.slice(0, 10));
        tried += made.size;
        through += sum(made.values());
      }
    }
    score(everyOperation, { tries: tried, through: through + weaker.length });
    expect(weaker).toEqual([]);
    expect(through).toBe(0);
  }, 120_000);

  test("leaves no limits at all", () => {
    const { text } = whole.limits;
    const lines = text.split("\n");
    const cuts = lines.map((_, at) => lines.slice(0, at).join("\n")).filter((cut) => cut.trim() !== text.trim());
    const left = cuts.filter((cut) => loadPolicy({ ...whole, limits: { ...whole.limits, text: cut } }).ok);
    score(everyOperation, { tries: cuts.length, through: left.length });
    expect(left).toEqual([]);
  });
});

describe("the real server", () => {
  const family = "damaged policy of the real server";
  const strict = "version: 1\napproval: { destructive: accepted }\n";
  type Damage = (home: string) => void;
  const inHome: Readonly<Record<string, Damage>> = {
    "policy.yaml cut off": (home) => writeFileSync(join(home, "policy.yaml"), "version: 1\napproval:\n  destruc"),
    "policy.yaml that loosens": (home) => writeFileSync(join(home, "policy.yaml"), strict.replace("accepted", "none")),
    "policy.yaml that is a folder": (home) => mkdirSync(join(home, "policy.yaml")),
    "policy.yaml that links to nothing": (home) => symlinkSync(join(home, "nothing"), join(home, "policy.yaml")),
    "policy.yml": (home) => writeFileSync(join(home, "policy.yml"), strict),
    "environments.yaml of no YAML": (home) => writeFileSync(join(home, "environments.yaml"), "environments: ["),
  };
  const inPackage: Readonly<Record<string, Damage>> = {
    "limits missing": (root) => rmSync(join(root, "policies", "limits.yaml")),
    "rules cut off": (root) => truncateSync(join(root, "policies", emrFile), 20_000),
    "no policies at all": (root) => rmSync(join(root, "policies"), { recursive: true }),
  };
  const emrFile = "emr-serverless-spark.yaml";

  /** Calls three tools of a server over a sandbox; how many requests reached it, and what was answered. */
  async function use(era: (typeof eras)[number], home: string, program?: string) {
    const { sandbox, call } = await openSandbox();
    const workspaceId = await newWorkspace(call);
    const jobRunId = await startJob(call, workspaceId, ["run=600000"]);
    const requests = () =>
      // Whose keys they are is asked of another service, whatever the policy says of this one.
      sandbox.requestLog.entries().filter(({ declaredAction }) => declaredAction !== "GetCallerIdentity").length;
    const before = requests();
    const server = await startServer({ sandbox, home, person: "accepts", era, ...(program && { program }) });
    onCleanUp(() => server.close());
    const answers = [
      await server.call("list_workspaces", {}),
      await server.call("cancel_job_run", { workspaceId, jobRunId }),
      await server.call("get_job_run", { workspaceId, jobRunId }),
    ];
    await server.close();
    return { reached: requests() - before, answers: answers.map(({ text }) => text) };
  }

  function copyOfPackage(): string {
    const root = newDataFolder();
    for (const name of ["src", "tools", "policies", "prompts", "package.json"]) {
      cpSync(join(packageRoot, name), join(root, name), { recursive: true });
    }
    symlinkSync(join(packageRoot, "node_modules"), join(root, "node_modules"));
    expect(readFileSync(join(root, "policies", emrFile), "utf8")).toBe(emr.text);
    return root;
  }

  async function expectNothing(ran: Promise<Awaited<ReturnType<typeof use>>>) {
    const { reached, answers } = await ran;
    score(family, { tries: answers.length, through: reached });
    for (const answer of answers) expect(answer).toMatch(/^POLICY_UNREADABLE: /);
    expect(reached).toBe(0);
  }

  const program = (root: string) => join(root, "src", "cli", "bin.ts");

  test("with good files of the user, and as a copy, sends requests", async () => {
    const home = newDataFolder();
    writeFileSync(join(home, "policy.yaml"), strict);
    const runs = [await use("2025-11-25", home), await use("2026-07-28", newDataFolder(), program(copyOfPackage()))];
    const held = runs.filter(({ reached }) => reached > 3).length;
    score(family, { tries: 0, through: 0, control: { of: runs.length, held } });
    for (const { reached, answers } of runs) expect(reached, answers.join("\n")).toBeGreaterThan(3);
  }, 60_000);

  test.each(Object.entries(inHome).map(([name, damage], at) => [eras[at % 2] ?? eras[0], name, damage] as const))(
    "%s: %s lets nothing out",
    async (era, _, damage) => {
      const home = newDataFolder();
      damage(home);
      await expectNothing(use(era, home));
    },
    60_000,
  );

  test.each(Object.entries(inPackage).map(([name, damage], at) => [eras[at % 2] ?? eras[0], name, damage] as const))(
    "%s: shipped %s let nothing out",
    async (era, _, damage) => {
      const root = copyOfPackage();
      damage(root);
      await expectNothing(use(era, newDataFolder(), program(root)));
    },
    60_000,
  );
});
