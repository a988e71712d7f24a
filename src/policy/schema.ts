import * as z from "zod";
import { approvalStrengths, type OperationRule, riskClasses } from "./types.ts";

/** The shape of policies/*.yaml. Unknown keys are errors: a misspelt guard must not be a missing guard. */

const text = z.strictObject({ en: z.string().min(1), zh: z.string().min(1) });
const factName = z.string().regex(/^[A-Za-z]\w*$/, "a fact name has letters, digits and _ only");
const paths = z.record(factName, z.string().min(1));
/** `$parameter` of the call, or a literal. */
const source = z.string().regex(/^(\$[A-Za-z]\w*|[^$].*)$/, "either $parameter or a literal");
const target = z
  .string()
  .regex(/^(\$[A-Za-z]\w*(\/\$[A-Za-z]\w*)*|[a-z]+( [a-z]+)*)$/, "either $parameter, $a/$b, or plain words");

const precheck = z.strictObject({
  read: z.string(),
  each: z.string().min(1).exactOptional(),
  with: z.record(z.string(), source),
  pages: z.literal("all").exactOptional(),
  facts: paths,
  context: paths.exactOptional(),
  require: z.record(factName, z.array(z.string()).min(1)).exactOptional(),
  otherwise: text,
  next: text,
});

const verification = z.strictObject({
  read: z.string(),
  with: z.record(z.string(), source),
  state: z.string().min(1),
  until: z.array(z.string()).min(1),
  withinSeconds: z.number().int().min(0).max(1800),
});

const rule = z.strictObject({
  risk: z.enum(riskClasses),
  sql: z.string().min(1).exactOptional(),
  target,
  impact: text,
  prechecks: z.array(precheck).default([]),
  idempotency: z.enum(["read", "token", "same-effect", "lookup"]).exactOptional(),
  timeout: z.enum(["read", "write"]).exactOptional(),
  verify: verification.exactOptional(),
  lookup: z.string().exactOptional(),
  find: z
    .strictObject({
      with: z.record(z.string(), source),
      found: z.string().min(1),
      lateSeconds: z.number().int().min(1).max(3600),
    })
    .exactOptional(),
  instead: text.exactOptional(),
});

const operationName = z.string().regex(/^[A-Z]\w*$/, "an operation name is a word with a capital");

export const rulesFile = z.strictObject({
  version: z.literal(1),
  cloud: z.enum(["emr", "oss", "kyuubi", "dli", "obs"]),
  operations: z.record(operationName, rule),
});

/** A rule as written, with what follows from its risk filled in. `undefined`: a write that does not say what a lost answer means. */
export function completeRule(operation: string, written: z.infer<typeof rule>): OperationRule | undefined {
  const reads = written.risk.startsWith("read");
  const idempotency = written.idempotency ?? (reads ? "read" : undefined);
  return idempotency && { ...written, operation, idempotency, timeout: written.timeout ?? (reads ? "read" : "write") };
}

const strength = z.enum(approvalStrengths);
const seconds = z.number().min(0).max(3600);
/** Not 0: some clients take that for no deadline at all. */
const deadline = z.number().min(1).max(3600);

const strengthPerClass = z.strictObject({
  read: strength,
  "read-secret": strength,
  write: strength,
  spend: strength,
  credential: strength,
  privilege: strength,
  destructive: strength,
});

const environmentName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);

export const environmentsFile = z.strictObject({
  version: z.literal(1),
  environments: z.array(z.strictObject({ name: environmentName, workspaces: z.array(z.string().min(1)).min(1) })),
});

const bounds = {
  timeoutsSeconds: z.strictObject({ read: deadline, write: deadline, pollAttempt: deadline, pollTotal: seconds }),
  throttling: z.strictObject({
    minWaitSeconds: seconds,
    maxWaitSeconds: seconds,
    retries: z.number().int().min(0).max(5),
  }),
  failures: z.strictObject({ inARow: z.number().int().min(1), pauseSeconds: seconds }),
  plan: z.strictObject({
    validSeconds: seconds,
    declinedSeconds: seconds,
    maxAsksPerHour: z.number().int().min(1).max(3600),
  }),
  spend: z.strictObject({
    maxJobCu: z.number().positive(),
    maxJobCuHours: z.number().positive(),
    maxWorkspaceCu: z.number().positive(),
  }),
  logs: z.strictObject({ maxBytes: z.number().int().positive(), maxLines: z.number().int().positive() }),
  upload: z.strictObject({ maxBytes: z.number().int().positive() }),
  standing: z.strictObject({ maxDays: z.number().min(0).max(7), maxUses: z.number().int().min(0).max(100) }),
};

export const limitsFile = z.strictObject({
  version: z.literal(1),
  approval: strengthPerClass,
  environments: z.record(environmentName, strengthPerClass.partial()),
  ...bounds,
  throttling: bounds.throttling.refine(
    (waits) => waits.minWaitSeconds <= waits.maxWaitSeconds,
    "minWaitSeconds must not exceed maxWaitSeconds",
  ),
});

/** The user's policy.yaml. That each of its lines tightens is overlay.ts's business. */
export const overlayFile = z.strictObject({
  version: z.literal(1),
  approval: strengthPerClass.partial().exactOptional(),
  environments: z.record(environmentName, strengthPerClass.partial()).exactOptional(),
  forbid: z
    .array(
      z.union([
        operationName,
        z.strictObject({ operation: operationName, reason: z.string().min(1).max(200).exactOptional() }),
      ]),
    )
    .exactOptional(),
  operations: z.record(operationName, z.strictObject({ approval: strength })).exactOptional(),
  limits: z
    .strictObject({
      timeoutsSeconds: bounds.timeoutsSeconds.partial(),
      throttling: bounds.throttling.partial(),
      failures: bounds.failures.partial(),
      plan: bounds.plan.partial(),
      spend: bounds.spend.partial(),
      logs: bounds.logs.partial(),
      upload: bounds.upload.partial(),
      standing: bounds.standing.partial(),
    })
    .partial()
    .exactOptional(),
});
export type Overlay = z.infer<typeof overlayFile>;
