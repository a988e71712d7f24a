import { randomUUID } from "node:crypto";
import { badParameter, missingObject, notSupported, objectExists } from "../answers.ts";
import type { DliContext, DliHandlers } from "../context.ts";
import { collection } from "./documents.ts";
import { answer, byText, matchesTagFilter, pageOf, storedName, succeeded } from "./shared.ts";
import { forgetTags, putTags, tagProblem, tagsOf } from "./tag-store.ts";

/** Databases of the metadata calls. Those that SQL makes live in the Spark of its queue, and these are not there. */
export interface DliDatabase {
  name: string;
  resourceId: string;
  description: string;
  owner: string;
  enterpriseProjectId: string;
}

const builtIn = "default";

export const databaseHandlers: DliHandlers<
  "ListDatabases" | "CreateDatabase" | "DeleteDatabase" | "UpdateDatabaseOwner"
> = {
  ListDatabases(input, context) {
    const found = allDatabases(context)
      .filter(({ name }) => !input.keyword || name.includes(storedName(input.keyword)))
      .filter(({ resourceId }) => matchesTagFilter(tagsOf("dli_database", resourceId, context), input.tags));
    return answer("ListDatabases", {
      is_success: true,
      message: "",
      database_count: found.length,
      databases: pageOf(found, input, found.length).map((database) => ({
        database_name: database.name,
        owner: database.owner,
        table_number: 0,
        description: database.description,
        enterprise_project_id: database.enterpriseProjectId,
        resource_id: database.resourceId,
      })),
    });
  },

  CreateDatabase(input, context) {
    const name = storedName(input.database_name ?? "");
    if (name === builtIn) return notSupported("The database default is built in.");
    const problem = tagProblem(input.tags);
    if (problem) return badParameter(problem);
    if (databases(context).get(name)) return objectExists(`The database ${name} already exists.`);
    const resourceId = randomUUID();
    databases(context).put({
      name,
      resourceId,
      description: input.description ?? "",
      owner: context.userName,
      enterpriseProjectId: input.enterprise_project_id ?? "0",
    });
    putTags("dli_database", resourceId, input.tags ?? [], context);
    return succeeded;
  },

  DeleteDatabase(input, context) {
    const name = storedName(input.database_name);
    if (name === builtIn) return notSupported("The database default is built in.");
    const database = databases(context).get(name);
    if (!database) return missingDatabase(name);
    databases(context).delete(name);
    forgetTags("dli_database", database.resourceId, context);
    return answer("DeleteDatabase", { is_success: true, message: "", job_mode: "sync" });
  },

  UpdateDatabaseOwner(input, context) {
    const database = databases(context).get(storedName(input.database_name));
    if (!database) return missingDatabase(input.database_name);
    databases(context).put({ ...database, owner: input.new_owner ?? database.owner });
    return succeeded;
  },
};

/** The built-in one is always among them. */
export function allDatabases(context: DliContext): DliDatabase[] {
  const first: DliDatabase = {
    name: builtIn,
    resourceId: "00000000-0000-0000-0000-000000000000",
    description: "",
    owner: context.userName,
    enterpriseProjectId: "0",
  };
  return [first, ...databases(context).all()].sort(byText(({ name }) => name));
}

function databases(context: DliContext) {
  return collection<DliDatabase>(context.store, "dliDatabase", (database) => database.name);
}

function missingDatabase(name: string) {
  return missingObject(`The database ${name} does not exist.`);
}
