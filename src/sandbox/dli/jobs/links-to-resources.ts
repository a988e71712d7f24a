import { allDatabases } from "../resources/databases.ts";
import { findPackage, packagesIn } from "../resources/package-store.ts";
import { findQueue, queueRoom } from "../resources/queues.ts";
import { variableValue } from "../resources/variables.ts";
import type { JobLinks } from "./links.ts";

export const linksToResources: JobLinks = {
  findQueue,
  queueRoom,
  findVariable: variableValue,
  hasDatabase: (name, context) => allDatabases(context).some((database) => database.name === name.toLowerCase()),
  findPackage,
  packagesIn,
};
