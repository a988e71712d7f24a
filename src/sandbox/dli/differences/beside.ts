import type { DliRequests } from "../../../operations/dli/types.gen.ts";
import { choice, type DliDifference, doc, limit, simulated } from "./quirks.ts";

/** Of IAM, Cloud Eye and CTS. */
export const besideDifferences = {
  KeystoneCreateUserTokenByPassword: simulated(
    doc("201, the token in X-Subject-Token"),
    choice("user and password are the access key pair; the account's name is not looked at"),
    choice("wrong ones: 401 in the API gateway's form"),
  ),
  KeystoneListProjects: simulated(limit("the one project, named like the region")),
  ListAgencies: simulated(choice("`dli_management_agency` is there from the start")),
  CreateAgency: simulated(limit("kept and told: a job needs none and gets no rights from one")),
  ListMetrics: simulated(choice("what has been measured since the start")),
  ShowMetricData: simulated(
    doc("metrics of queues and of Flink jobs by their public names"),
    choice(
      "measured every 10 s and whenever asked, kept for six hours in memory; a period without readings has no point",
    ),
    limit("no usage of CPU, memory and disks of a queue, no memory and latency of a Flink job"),
  ),
  BatchListMetricData: simulated(doc("500 metrics; `period` is a text"), limit("as ShowMetricData")),
  ListTraces: simulated(
    doc("the last hour unless told otherwise, newest first, 10 to a page"),
    choice("the names of operations that stand in the public list; failed calls are recorded, too, secrets are masked"),
    limit("the newest 2000; there are no traces of the kind `data`"),
  ),
} satisfies Partial<Record<keyof DliRequests, DliDifference>>;
