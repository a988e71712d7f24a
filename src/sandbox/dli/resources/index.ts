import { authInfoHandlers } from "./auth-infos.ts";
import { catalogHandlers } from "./catalogs.ts";
import { connectionRouteHandlers } from "./connection-routes.ts";
import { connectionHandlers } from "./connections.ts";
import { connectivityHandlers } from "./connectivity.ts";
import { databaseHandlers } from "./databases.ts";
import { inspectionHandlers } from "./inspection.ts";
import { maskingHandlers } from "./masking.ts";
import { packageHandlers } from "./packages.ts";
import { poolQueueHandlers } from "./pool-queues.ts";
import { poolHandlers } from "./pools.ts";
import { privilegeHandlers } from "./privileges.ts";
import { queueActionHandlers } from "./queue-actions.ts";
import { queuePropertyHandlers } from "./queue-properties.ts";
import { queueHandlers } from "./queues.ts";
import { quotaHandlers } from "./quotas.ts";
import { tagHandlers } from "./tags.ts";
import { templateHandlers } from "./templates.ts";
import { variableHandlers } from "./variables.ts";

/** Every operation of this room that is simulated. */
export const resourceHandlers = {
  ...poolHandlers,
  ...poolQueueHandlers,
  ...queueHandlers,
  ...queueActionHandlers,
  ...queuePropertyHandlers,
  ...connectivityHandlers,
  ...connectionHandlers,
  ...connectionRouteHandlers,
  ...authInfoHandlers,
  ...variableHandlers,
  ...catalogHandlers,
  ...quotaHandlers,
  ...tagHandlers,
  ...privilegeHandlers,
  ...inspectionHandlers,
  ...maskingHandlers,
  ...templateHandlers,
  ...packageHandlers,
  ...databaseHandlers,
};
