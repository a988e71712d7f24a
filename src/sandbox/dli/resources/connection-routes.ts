import { badParameter, missingObject, objectExists } from "../answers.ts";
import type { DliHandlers } from "../context.ts";
import { connections } from "./connection-store.ts";
import { findConnection, missingConnection } from "./connections.ts";
import { cidrProblem } from "./pools.ts";
import { projectGrantsOn } from "./privilege-store.ts";
import { answer, succeeded } from "./shared.ts";

export const connectionRouteHandlers: DliHandlers<
  "CreateRouteToEnhancedConnection" | "DeleteRouteFromEnhancedConnection" | "ShowEnhancedConnectionPrivilege"
> = {
  CreateRouteToEnhancedConnection(input, context) {
    const connection = findConnection(input.connection_id, context);
    if (!connection) return missingConnection(input.connection_id);
    const { name = "", cidr = "" } = input;
    if (name.length < 1 || name.length > 64) return badParameter("A route's name has 1 to 64 characters.");
    const problem = cidrProblem(cidr);
    if (problem) return badParameter(problem);
    if (connection.routes.some((route) => route.name === name))
      return objectExists(`The route ${name} already exists.`);
    connections(context).put({ ...connection, routes: [...connection.routes, { name, cidr }] });
    return succeeded;
  },

  DeleteRouteFromEnhancedConnection(input, context) {
    const connection = findConnection(input.connection_id, context);
    if (!connection) return missingConnection(input.connection_id);
    const routes = connection.routes.filter((route) => route.name !== input.name);
    if (routes.length === connection.routes.length) return missingObject(`The route ${input.name} does not exist.`);
    connections(context).put({ ...connection, routes });
    return succeeded;
  },

  ShowEnhancedConnectionPrivilege(input, context) {
    const connection = findConnection(input.connection_id, context);
    if (!connection) return missingConnection(input.connection_id);
    return answer("ShowEnhancedConnectionPrivilege", {
      is_success: true,
      message: "",
      connection_id: connection.id,
      privileges: projectGrantsOn(`edsconnections.${connection.id}`, context).map((grant) => ({
        object: grant.object,
        applicant_project_id: grant.grantee,
        privileges: grant.privileges,
      })),
    });
  },
};
