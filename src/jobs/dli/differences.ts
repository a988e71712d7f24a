/** Whether what has the name already is what was asked for. */
export interface Difference {
  /** As the caller named it. */
  readonly field: string;
  readonly wanted: string;
  readonly there: string;
}

/** Only what was asked for is compared; what the service does not say is taken for the same. */
export function differences(
  wanted: Readonly<Record<string, unknown>>,
  there: Readonly<Record<string, unknown>>,
): readonly Difference[] {
  return Object.entries(wanted).flatMap(([field, value]) => {
    const found = there[field];
    if (value === undefined || found === undefined || found === null || sameText(value, found)) return [];
    return [{ field, wanted: String(value), there: String(found) }];
  });
}

/** Names are stored in lower case. */
function sameText(one: unknown, other: unknown): boolean {
  return String(one).toLowerCase() === String(other).toLowerCase();
}
