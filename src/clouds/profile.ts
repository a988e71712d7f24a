/** Which cloud a session speaks to and how far it may go; holds no secret. */
export interface Profile {
  name: string;
  /** Whose operations and rules count; each brings its storage with it. */
  cloud: "emr" | "dli";
  /** `sandbox`: the cloud on this machine. Every answer says which it was. */
  environment: "sandbox" | "cloud";
  regionId: string;
  /** Host the calls go to, for answers and `doctor`. */
  endpoint: string;
  mode: "full" | "read-only";
  /** Only these workspaces may be named; absent: all. */
  allowedWorkspaces?: readonly string[];
  /** DLI: the project of the region. */
  projectId?: string;
  /** DLI: only these queues and pools may be named; absent: all. */
  allowedQueues?: readonly string[];
  /** Who the cloud sees, with nothing secret in it. */
  identity: string;
  /** Where the credentials were found, with nothing secret in it. */
  credentials?: string;
}
