import type { DliContext } from "../context.ts";
import { pools, queues } from "./documents.ts";
import { wholeDay } from "./policies.ts";
import { makePool } from "./pools.ts";
import { makeQueue } from "./queues.ts";

/** A first pool with a queue of each type, ready at once; nothing where there is a pool already. */
export function seedResources(context: DliContext): void {
  if (pools(context.store).all().length > 0) return;
  context.store.transaction(() => {
    const made = makePool({ name: "sandbox_pool", minCu: 64, maxCu: 64 }, context);
    const pool = { ...made, originCu: made.targetCu, readyAt: context.now() };
    pools(context.store).put(pool);
    for (const type of ["sql", "general"] as const) {
      const queue = makeQueue(
        { name: `sandbox_${type}`, queue_name: "", queue_type: type, cuCount: 16, properties: {} },
        pool,
        context,
      );
      queues(context.store).put({ ...queue, policies: [wholeDay(16, 64)] });
    }
  });
}
