import { dliError } from "../answers.ts";
import type { DliHandlers } from "../context.ts";
import { allDatabases } from "./databases.ts";
import { pools, queues } from "./documents.ts";
import { packages } from "./package-store.ts";
import { actualCu, allPools } from "./pool-state.ts";
import { answer } from "./shared.ts";

/** How many of each a project can have. Only those of pools and queues bind; the rest is what is told. */
export const quotas = {
  CU: 32_000,
  ELASTIC_RESOURCE_POOL: 100,
  QUEUE: 500,
  DATABASE: 50,
  TABLE: 5000,
  TEMPLATE: 100,
  SL_PKG_RESOURCE: 1000,
} as const;

export const quotaHandlers: DliHandlers<"ShowQuota"> = {
  ShowQuota(_input, context) {
    const now = context.now();
    const alone = queues(context.store)
      .all()
      .filter(({ poolName }) => poolName === undefined);
    const used: Readonly<Record<keyof typeof quotas, number>> = {
      CU:
        allPools(context).reduce((sum, pool) => sum + actualCu(pool, now), 0) +
        alone.reduce((sum, queue) => sum + queue.cuCount, 0),
      ELASTIC_RESOURCE_POOL: pools(context.store).all().length,
      QUEUE: queues(context.store).all().length,
      DATABASE: allDatabases(context).length,
      TABLE: 0,
      TEMPLATE: context.store.all("dliTemplate").length,
      SL_PKG_RESOURCE: packages(context).all().length,
    };
    const types = Object.keys(quotas) as (keyof typeof quotas)[];
    return answer("ShowQuota", {
      is_success: true,
      quotas: {
        resources: types.map((type) => ({ type, min: 0, max: 1_000_000, quota: quotas[type], used: used[type] })),
      },
    });
  },
};

export function quotaUsedUp(what: string) {
  return dliError(400, "DLI.1028", `The quota of ${what} is used up.`);
}
