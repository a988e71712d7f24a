/** With four eyes, whoever asks and whoever decides are two people, and it is known who both are. */

/** How a decision is recorded: the channel, whether a code was given, and the person where the channel knows them. */
export function decidedBy(channel: "page" | "terminal", { code, person }: { code: boolean; person?: string }): string {
  return `${channel}${code ? "+code" : ""}${person === undefined ? "" : `:${person}`}`;
}

/** The person in such a record; undefined where the channel knew nobody, as for `client` and `standing:3`. */
export function personOf(decided: string | undefined): string | undefined {
  return /^(?:page|terminal)(?:\+code)?:(.+)$/.exec(decided ?? "")?.[1];
}

/** Names that differ in case alone are one person's. */
export function isSamePerson(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

export type FourEyesProblem = "own-plan" | "unknown-person";

/** Why this person may not decide that plan with four eyes. */
export function fourEyesProblem(
  { principal }: { principal?: string },
  person: string | undefined,
): FourEyesProblem | undefined {
  if (principal === undefined || person === undefined) return "unknown-person";
  return isSamePerson(principal, person) ? "own-plan" : undefined;
}
