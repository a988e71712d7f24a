import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterEach, expect, test } from "vitest";
import { startStatement } from "../../src/sandbox/engines/sql/statement.ts";
import type { ThriftAddress } from "../../src/sandbox/sql-engine.ts";

const servers: Server[] = [];
const question = { sql: "SELECT 1", maxRows: 10 };

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function spark(
  handle: (path: string, asked: Record<string, unknown>, response: ServerResponse) => void,
): Promise<ThriftAddress> {
  const server = createServer((request: IncomingMessage, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      if (request.headers.authorization === "Basic x") handle(request.url ?? "", JSON.parse(text), response);
      else response.writeHead(401).end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { host: "127.0.0.1", port: address.port, authorization: "Basic x" };
}

const answering = (answer: unknown) => spark((_path, _asked, response) => response.end(JSON.stringify(answer)));

test("rows come back as Spark gave them", async () => {
  const result = { columns: [{ name: "a", type: "bigint" }], rows: [["9223372036854775807"], [null]], truncated: true };
  const statement = startStatement(answering(result), question);
  expect(await statement.end).toEqual({ kind: "finished", ...result });
  expect(statement.state()).toEqual({ kind: "finished", ...result });
});

test("a statement waits while Spark starts and runs afterwards", async () => {
  const started = Promise.withResolvers<ThriftAddress>();
  const release = Promise.withResolvers<ServerResponse>();
  const statement = startStatement(started.promise, question);
  expect(statement.state()).toEqual({ kind: "waiting" });
  started.resolve(await spark((_path, _asked, response) => release.resolve(response)));
  const response = await release.promise;
  expect(statement.state()).toEqual({ kind: "running" });
  response.end(JSON.stringify({ columns: [], rows: [], truncated: false }));
  expect((await statement.end).kind).toBe("finished");
});

test("what the caller asks for reaches Spark", async () => {
  let seen: Record<string, unknown> = {};
  const address = spark((_path, asked, response) => {
    seen = asked;
    response.end(JSON.stringify({ columns: [], rows: [], truncated: false }));
  });
  await startStatement(address, { ...question, catalog: "c", database: "d" }).end;
  expect(seen).toMatchObject({ sql: "SELECT 1", maxRows: 10, catalog: "c", database: "d", id: expect.any(String) });
});

test("a failure keeps its error class and its SQL state", async () => {
  const error = { message: "no table", errorClass: "TABLE_OR_VIEW_NOT_FOUND", sqlState: "42P01" };
  expect(await startStatement(answering({ error }), question).end).toEqual({ kind: "failed", ...error });
});

test("a failure without an SQL state has none", async () => {
  const error = { message: "bad", errorClass: "X", sqlState: null };
  expect(await startStatement(answering({ error }), question).end).toEqual({
    kind: "failed",
    message: "bad",
    errorClass: "X",
  });
});

test("a Spark that does not start fails the statement with the reason", async () => {
  const statement = startStatement(Promise.reject(new Error("no Java was found")), question);
  expect(await statement.end).toEqual({ kind: "failed", message: "no Java was found" });
});

test("a Spark that goes away fails the statement", async () => {
  const address = spark((_path, _asked, response) => response.destroy());
  expect(await startStatement(address, question).end).toEqual({
    kind: "failed",
    message: expect.stringContaining("Spark ended while the statement was running"),
  });
});

test("a cancelled statement that waited was never sent", async () => {
  const started = Promise.withResolvers<ThriftAddress>();
  let asked = 0;
  const statement = startStatement(started.promise, question);
  await statement.cancel();
  expect(await statement.end).toEqual({ kind: "cancelled" });
  started.resolve(
    await spark((_path, _asked, response) => {
      asked += 1;
      response.end("{}");
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(asked).toBe(0);
});

test("a cancellation asks Spark and waits for its answer", async () => {
  const paths: string[] = [];
  let running: ServerResponse | undefined;
  const address = spark((path, { id }, response) => {
    paths.push(`${path} ${typeof id}`);
    if (path === "/statement") {
      running = response;
    } else {
      running?.end(JSON.stringify({ cancelled: true }));
      response.end(JSON.stringify({ cancelled: true }));
    }
  });
  const statement = startStatement(address, question);
  await expect.poll(() => running).toBeDefined();
  await statement.cancel();
  expect(statement.state()).toEqual({ kind: "cancelled" });
  expect(paths).toEqual(["/statement string", "/cancel string"]);
});

test("a statement that finished before the cancellation came stays finished", async () => {
  const statement = startStatement(answering({ columns: [], rows: [], truncated: false }), question);
  await statement.end;
  await statement.cancel();
  expect(statement.state().kind).toBe("finished");
});

test("a statement that is cancelled while Spark goes away is cancelled", async () => {
  let running: ServerResponse | undefined;
  const address = spark((path, _asked, response) => {
    if (path === "/statement") running = response;
    else {
      running?.destroy();
      response.destroy();
    }
  });
  const statement = startStatement(address, question);
  await expect.poll(() => running).toBeDefined();
  await statement.cancel();
  expect(await statement.end).toEqual({ kind: "cancelled" });
});
