import { invalidParameter, operationDenied, resourceNotFound, type ServiceError } from "../errors.ts";
import { type EmrContext, type Handler, runningWorkspace } from "./context.ts";
import { newId } from "./ids.ts";
import { parseLogLocation } from "./logs.ts";
import { sessionStates } from "./quirks.ts";
import { findSession } from "./sessions.ts";
import type { Statement } from "./sql-documents.ts";
import { readRows, rowsText } from "./sql-results.ts";
import { splitStatements } from "./sql-split.ts";

const defaultLimit = 1000;
const largestLimit = 10_000;
const contentsPage = 2000;

export const createSqlStatement: Handler<"CreateSqlStatement"> = (input, context) => {
  const { workspaceId, sqlComputeId = "", codeContent = "", limit = defaultLimit } = input;
  const found = findSession(workspaceId, sqlComputeId, context);
  if ("error" in found) return found;
  const { phase, runId, bucket } = found.session;
  if (phase !== "running" || runId === undefined) {
    return operationDenied(`The session ${sqlComputeId} is ${sessionStates[phase]}; a statement needs it Running.`);
  }
  if (splitStatements(codeContent).length === 0) return invalidParameter("codeContent holds no statement.");
  if (limit < 1 || limit > largestLimit) return invalidParameter(`limit must be from 1 to ${largestLimit}.`);
  const statement: Statement = {
    statementId: newId("st"),
    workspaceId,
    sessionClusterId: sqlComputeId,
    runId,
    bucket,
    codeContent,
    limit,
    ...(input.defaultCatalog === undefined ? {} : { catalog: input.defaultCatalog }),
    ...(input.defaultDatabase === undefined ? {} : { database: input.defaultDatabase }),
    state: "waiting",
    submitTime: context.now(),
    executionTime: [],
    outputs: [],
  };
  context.documents.statements.put(statement);
  context.statements.submit(statement);
  return { body: { data: { statementId: statement.statementId } } };
};

export const getSqlStatement: Handler<"GetSqlStatement"> = async (input, context) => {
  const found = findStatement(input.workspaceId, input.statementId, context);
  if ("error" in found) return found;
  const { statement } = found;
  const sqlOutputs = statement.outputs.map(async ({ schema, rowsFilePath }) => {
    const key = parseLogLocation(rowsFilePath)?.key ?? "";
    return { schema, rowsFilePath, rows: rowsText(await readRows(context.storageFolder, statement.bucket, key)) };
  });
  return {
    body: {
      data: {
        statementId: statement.statementId,
        state: context.statements.stateOf(statement),
        executionTime: statement.executionTime,
        sqlOutputs: await Promise.all(sqlOutputs),
        sqlErrorCode: statement.error?.code,
        sqlErrorMessage: statement.error?.message,
      },
    },
  };
};

export const terminateSqlStatement: Handler<"TerminateSqlStatement"> = (input, context) => {
  const found = findStatement(input.workspaceId, input.statementId, context);
  if ("error" in found) return found;
  return context.statements.cancel(input.statementId)
    ? { body: {} }
    : operationDenied(`The statement ${input.statementId} is ${found.statement.state}; it cannot be ended any more.`);
};

/** Seed skill: only after the session has stopped. */
export const listSqlStatementContents: Handler<"ListSqlStatementContents"> = async (input, context) => {
  const ready = runningWorkspace(input.workspaceId, context);
  if ("error" in ready) return ready;
  const { fileName = "", maxResults = contentsPage } = input;
  const object = parseLogLocation(fileName);
  if (!object) return invalidParameter("fileName must be an oss:// location with the bucket's own name or OSS host.");
  if (maxResults < 1 || maxResults > contentsPage) {
    return invalidParameter(`maxResults must be from 1 to ${contentsPage}.`);
  }
  const from = readPosition(input.nextToken);
  if (from === undefined) return invalidParameter("nextToken is not valid.");
  const location = `oss://${object.bucket}/${object.key}`;
  const statement = context.documents.statements
    .all()
    .find(({ outputs }) => outputs.some((output) => output.rowsFilePath === location));
  const run = statement && context.documents.computeRuns.get(statement.runId);
  if (statement?.workspaceId !== input.workspaceId || run?.endTime === undefined) {
    return resourceNotFound(`The file ${fileName} does not exist.`);
  }
  const rows = await readRows(context.storageFolder, object.bucket, object.key);
  const next = from + maxResults;
  return {
    body: {
      sqlStatementContents: {
        contents: rowsText(rows.slice(from, next)),
        maxResults,
        totalCount: rows.length,
        nextToken: next < rows.length ? Buffer.from(`row:${next}`).toString("base64url") : undefined,
      },
    },
  };
};

/** The file does not change, so a position is as good as a key. */
function readPosition(token: string | undefined): number | undefined {
  if (!token) return 0;
  const match = /^row:(\d{1,9})$/.exec(Buffer.from(token, "base64url").toString());
  return match ? Number(match[1]) : undefined;
}

function findStatement(
  workspaceId: string,
  statementId: string,
  context: EmrContext,
): { statement: Statement } | { error: ServiceError } {
  const ready = runningWorkspace(workspaceId, context);
  if ("error" in ready) return ready;
  const statement = context.documents.statements.get(statementId);
  return statement?.workspaceId === workspaceId
    ? { statement }
    : resourceNotFound(`The statement ${statementId} does not exist.`);
}
