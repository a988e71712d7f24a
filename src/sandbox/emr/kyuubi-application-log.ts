import type { SqlEngine } from "../sql-engine.ts";
import type { Documents } from "./documents.ts";
import type { KyuubiApplication } from "./sql-documents.ts";

/** The Spark applications of the services; an engine forgets them with the user, a client may ask later. */
export interface Applications {
  /** What the engine says now, written down. */
  refresh(kyuubiServiceId: string): Promise<void>;
  of(kyuubiServiceId: string): KyuubiApplication[];
  /** Ends the process in the background; the state follows from the engine. */
  cancel(kyuubiServiceId: string, applicationId: string): void;
  /** The service is no longer in the engine, so none of them runs. */
  end(kyuubiServiceId: string): void;
  forget(kyuubiServiceId: string): void;
}

export function createApplications(
  documents: Documents,
  engine: SqlEngine | undefined,
  now: () => number,
): Applications {
  const of = (kyuubiServiceId: string) =>
    documents.kyuubiApplications.all().filter((application) => application.kyuubiServiceId === kyuubiServiceId);

  function endAll(applications: readonly KyuubiApplication[]): void {
    for (const application of applications) {
      if (hasEnded(application)) continue;
      documents.kyuubiApplications.put({ ...application, state: "TERMINATED", endTime: now() });
    }
  }

  return {
    of,
    async refresh(kyuubiServiceId) {
      const seen = (await engine?.applications(kyuubiServiceId)) ?? [];
      const service = documents.computes.get(kyuubiServiceId);
      const run = service?.runId === undefined ? undefined : documents.computeRuns.get(service.runId);
      if (service?.phase !== "running" && service?.phase !== "stopping") return;
      if (!run) return;
      const { queue, cores, memoryMiB, cu } = run;
      for (const application of seen) {
        const held = documents.kyuubiApplications.get(application.applicationId) ?? { queue, cores, memoryMiB, cu };
        documents.kyuubiApplications.put({ ...held, ...application, kyuubiServiceId });
      }
      const known = new Set(seen.map(({ applicationId }) => applicationId));
      endAll(of(kyuubiServiceId).filter(({ applicationId }) => !known.has(applicationId)));
    },
    cancel(kyuubiServiceId, applicationId) {
      engine?.endApplication(kyuubiServiceId, applicationId).catch(() => {});
    },
    end: (kyuubiServiceId) => endAll(of(kyuubiServiceId)),
    forget(kyuubiServiceId) {
      for (const { applicationId } of of(kyuubiServiceId)) documents.kyuubiApplications.delete(applicationId);
    },
  };
}

export function hasEnded(application: KyuubiApplication): boolean {
  return application.state === "TERMINATED" || application.state === "ERROR";
}
