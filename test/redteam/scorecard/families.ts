/** Every attack that the red team makes, in the order of the card. A family without a row was not run, and fails it. */

export interface Family {
  /** At most 44 characters: the card has 80 columns. */
  name: string;
  /** The test file whose tests make the row. */
  file: string;
  /** Fewer tries than this prove too little. */
  least: number;
  /** The same of a quick run, where that tries less. */
  leastQuick?: number;
  /** The family whose control is this one's too; counted once in the totals. */
  controlOf?: string;
}

export interface Section {
  /** What the column `through` counts in it. */
  counts: string;
  families: readonly Family[];
}

const yes = "a person's yes";
const forbidden = "a forbidden operation, a person's yes";
/** Gated operations x eras. */
const everywhere = { emr: 90, dli: 130 } as const;
const someOfDli = 20;

/** What a row of both clouds is called for one of them. */
export function familyOf(cloud: keyof typeof everywhere, name: string): string {
  return cloud === "emr" ? name : `DLI: ${name}`;
}

function matrixOf(cloud: keyof typeof everywhere): Family[] {
  const row = (name: string, least: number, leastQuick: number): Family => ({
    name: familyOf(cloud, name),
    file: "matrix.test.ts",
    least,
    ...(cloud === "dli" && { leastQuick }),
    ...(name !== yes && { controlOf: familyOf(cloud, yes) }),
  });
  const attacks = [
    "no elicitation",
    "declines",
    "hangs",
    "accepts for its user in production",
    "accept without a question",
    "replayed accept",
    "other arguments",
    "other profile",
    "expired",
    "after a restart",
  ];
  return [
    row(yes, everywhere[cloud], someOfDli),
    row(forbidden, cloud === "emr" ? 2 : 100, someOfDli / 2),
    ...attacks.map((name) => row(name, everywhere[cloud], someOfDli)),
  ];
}

const smuggling = "an ordinary cancel";
const dliSmuggling = "DLI: an ordinary deletion";

export const sections: readonly Section[] = [
  {
    counts: "requests that reached the cloud without a person's yes",
    families: [
      ...matrixOf("emr"),
      { name: "a bound fact flips after the yes", file: "drift.test.ts", least: 150 },
      { name: "the sandbox flips the job after the yes", file: "drift.test.ts", least: 4 },
      { name: "nobody says yes to the real server", file: "nobody-says-yes.test.ts", least: 40 },
      {
        name: "the approver hangs",
        file: "nobody-says-yes.test.ts",
        least: 6,
        controlOf: "nobody says yes to the real server",
      },
      { name: "32 clients take each other's approvals", file: "concurrent-approvals.test.ts", least: 1_000 },
      { name: "poisoned log or reason, then what it asks", file: "poisoned-text.test.ts", least: 4 * 60 },
      {
        name: "poisoned name in lists and in the question",
        file: "poisoned-text.test.ts",
        least: 60,
        controlOf: "poisoned log or reason, then what it asks",
      },
      { name: "damaged policy, every operation", file: "policy-damage.test.ts", least: 1_000 },
      { name: "damaged policy of the real server", file: "policy-damage.test.ts", least: 8 },
      ...matrixOf("dli"),
      { name: "DLI: a bound fact flips after the yes", file: "drift.test.ts", least: 150, leastQuick: 20 },
      {
        name: "DLI: poisoned text read, then what it asks",
        file: "dli-poisoned-text.test.ts",
        least: 4 * 60,
        leastQuick: 40,
      },
      {
        name: "DLI: poisoned name, lists and the question",
        file: "dli-poisoned-text.test.ts",
        least: 60,
        leastQuick: 10,
        controlOf: "DLI: poisoned text read, then what it asks",
      },
    ],
  },
  {
    counts: "requests that are not what they were asked for as",
    families: [
      { name: smuggling, file: "hostile-ids.test.ts", least: 1 },
      { name: "hostile ids, tools and gateway", file: "hostile-ids.test.ts", least: 1_000, controlOf: smuggling },
      {
        name: "random ids, tools and transport",
        file: "hostile-ids.test.ts",
        least: 20_000,
        leastQuick: 1_000,
        controlOf: smuggling,
      },
      { name: "paths smuggled past the real client", file: "hostile-ids.test.ts", least: 100, controlOf: smuggling },
      { name: "redirects and other hosts", file: "hostile-ids.test.ts", least: 2, controlOf: smuggling },
      { name: dliSmuggling, file: "dli-smuggling.test.ts", least: 1 },
      ...[
        { name: "DLI: hostile ids, tools and gateway", least: 1_000 },
        { name: "DLI: deletions under another's name", least: 5_000, leastQuick: 1_000 },
        { name: "DLI: deletions that are never sent", least: 100 },
        { name: "DLI: random ids, tools and transport", least: 5_000, leastQuick: 500 },
        { name: "DLI: redirects and other hosts", least: 4 },
      ].map((family) => ({ ...family, file: "dli-smuggling.test.ts", controlOf: dliSmuggling })),
      { name: "OBS: other buckets, keys and sub-resources", file: "dli-smuggling.test.ts", least: 400 },
    ],
  },
  {
    counts: "jobs beyond the one that was wanted",
    families: [
      { name: "killed while it submits", file: "crash-points.test.ts", least: 200, leastQuick: 20 },
      { name: "the answer to a submission is lost", file: "once.test.ts", least: 6 },
      { name: "DLI: killed while it submits", file: "crash-points.test.ts", least: 50, leastQuick: 10 },
      { name: "DLI: the answer to a submission is lost", file: "once.test.ts", least: 3 },
    ],
  },
  {
    counts: "secrets found in what leaves the product",
    families: [
      { name: "canaries in answers and complaints", file: "canaries.test.ts", least: 40 },
      {
        name: "canaries in stderr, ledger, audit, home",
        file: "canaries.test.ts",
        least: 8,
        controlOf: "canaries in answers and complaints",
      },
      { name: "DLI: canaries in answers and complaints", file: "dli-canaries.test.ts", least: 100 },
      {
        name: "DLI: canaries in stderr, ledger, audit, home",
        file: "dli-canaries.test.ts",
        least: 6,
        controlOf: "DLI: canaries in answers and complaints",
      },
    ],
  },
  {
    counts: "tampering that verification does not find",
    families: [
      { name: "audit row edited, its own hash anew or not", file: "audit-tampering.test.ts", least: 50 },
      { name: "audit rows removed", file: "audit-tampering.test.ts", least: 20 },
      { name: "audit rows in another order", file: "audit-tampering.test.ts", least: 20 },
      { name: "audit cut off at its end", file: "audit-tampering.test.ts", least: 10 },
      { name: "audit rewritten from a row on, hashes anew", file: "audit-tampering.test.ts", least: 10 },
    ],
  },
  {
    counts: "lines on stdout that are not the protocol's, processes that stay",
    families: [
      { name: "stdout under noise, errors and crashes", file: "process.test.ts", least: 20 },
      { name: "end of input, whatever is under way", file: "process.test.ts", least: 8 },
    ],
  },
];

export const families: readonly Family[] = sections.flatMap((section) => section.families);
