import type { AuditPort, AuditRecord } from "../../tools/define.ts";
import type { AuditReader } from "../ledger/types.ts";

/** A page of a conversation looks at no more than this, so that a long chain does not hold the server up. */
const scan = 50_000;

/** What a conversation may read of the audit: the rows of its own account and region, without what leads to a plan. */
export function createAuditPort(ledger: () => AuditReader, place: string): AuditPort {
  return {
    list({ operation, target, outcome, since, before, limit }) {
      const found = ledger().listAudit({
        place,
        limit,
        scan,
        ...(operation !== undefined && { operation }),
        ...(target !== undefined && { target }),
        ...(outcome !== undefined && { outcome }),
        ...(since !== undefined && { since }),
        ...(before !== undefined && { before }),
      });
      return {
        ...found,
        records: found.records.map(({ sequence, entry }) => ({ sequence, entry: withoutPlan(entry) })),
      };
    },
  };
}

function withoutPlan(
  entry: AuditRecord["entry"] & { planId?: string; planDigest?: string; argumentsDigest?: string },
): AuditRecord["entry"] {
  const { planId: _, planDigest: __, argumentsDigest: ___, ...rest } = entry;
  return rest;
}
