/**
 * CU of a resource as the service writes it: JSON in a string, `{"cpu":"2","memory":"8Gi"}`, sometimes with `cu`.
 * 1 CU = 1 core and 4 GiB, so the larger of the two counts. Source: ListWorkspaceQueues and ListWorkspaces examples.
 * @returns undefined when the text cannot be read
 */
export function cuOfResource(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  let resource: unknown;
  try {
    resource = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof resource !== "object" || resource === null) return undefined;
  const member = (name: string) => {
    const value = Number.parseFloat(String((resource as Record<string, unknown>)[name]));
    return Number.isFinite(value) ? value : undefined;
  };
  const [cu, cpu, memoryGiB] = [member("cu"), member("cpu"), member("memory")];
  if (cu !== undefined) return cu;
  if (cpu === undefined && memoryGiB === undefined) return undefined;
  return Math.max(cpu ?? 0, (memoryGiB ?? 0) / 4);
}

/** Java map text of GetCuHours, `{2025-01-09 00:00:00=2.033333, ...}`: hour -> CU-hours. */
export function parseCuHours(text: string): Array<{ hour: string; cuHours: number }> {
  return [...text.matchAll(/(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})=([\d.]+)/g)].flatMap(([, hour, value]) =>
    hour !== undefined && value !== undefined ? [{ hour, cuHours: Number(value) }] : [],
  );
}
