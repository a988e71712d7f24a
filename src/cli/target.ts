import type { AlibabaConnection } from "../clouds/alibaba/connection.ts";
import type { DliConnection } from "../clouds/dli/transport.ts";
import type { Profile } from "../clouds/profile.ts";
import type { Language } from "../language.ts";

/** Which cloud this process speaks to. `sandbox` unless a person configured an account. */
export type Target =
  | { kind: "sandbox"; profile: Profile }
  | { kind: "cloud"; profile: Profile; emr: AlibabaConnection; sts: AlibabaConnection; ossEndpoint?: string }
  | { kind: "dli"; profile: Profile; dli: DliAccess };

export type SettingsResult =
  | { ok: true; target: Target; language: Language }
  | { ok: false; problem: string; fix: string };

/** How to reach DLI and the services beside it. Holds secrets: never logged, never part of an answer. */
export interface DliAccess extends Pick<DliConnection, "credentials" | "hosts"> {
  /** `https://obs.<region>.myhuaweicloud.com` when absent. */
  obsEndpoint?: string;
  /** Where the credentials were found, for `doctor`. */
  origin: string;
}
