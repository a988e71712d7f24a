/** The first of these members of a JSON answer that is a number. */
export function numberIn(body: string, ...names: string[]): number | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof answer !== "object" || answer === null) return undefined;
  const members = answer as Record<string, unknown>;
  return names.map((name) => members[name]).find((value) => typeof value === "number");
}
