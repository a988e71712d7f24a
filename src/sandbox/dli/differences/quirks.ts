/**
 * Where a quirk that is imitated is attested: reference pages, the public SDK, the Terraform provider and its SDK,
 * which run against the live service. `choice`: nothing is public, so something was decided. `limit`: the real service
 * does more.
 */
export type DliSource = "doc" | "sdk" | "client" | "choice" | "limit";

export interface DliQuirk {
  text: string;
  source: DliSource;
}

export interface DliDifference {
  /** `shape only`: an answer of the right shape whose content is constant or made up, or that has no effect. */
  how: "simulated" | "shape only";
  quirks: readonly DliQuirk[];
}

const from = (source: DliSource) => (text: string) => ({ text, source }) as const;
export const [doc, sdk, client] = [from("doc"), from("sdk"), from("client")];
export const [choice, limit] = [from("choice"), from("limit")];
export const simulated = (...quirks: DliQuirk[]) => ({ how: "simulated", quirks }) as const;
export const shapeOnly = (...quirks: DliQuirk[]) => ({ how: "shape only", quirks }) as const;
