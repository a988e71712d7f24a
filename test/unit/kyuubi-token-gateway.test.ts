import { createServer, type IncomingHttpHeaders, request, type Server, type ServerResponse } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createTokenGateway, type TokenGatewayParts } from "../../src/sandbox/kyuubi/token-gateway.ts";

interface Seen {
  method: string | undefined;
  url: string | undefined;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

const token = "0123456789abcdef0123456789abcdef";
const open: Server[] = [];
let seen: Seen[];
let closedEarly: number;
let answer: (response: ServerResponse) => void;
let parts: TokenGatewayParts;
let enginePort: number;

beforeEach(async () => {
  seen = [];
  closedEarly = 0;
  answer = (response) => response.end("rows");
  const engine = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    response.on("close", () => {
      if (!response.writableFinished) closedEarly += 1;
    });
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const { method, url, headers } = incoming;
      seen.push({ method, url, headers, body: Buffer.concat(chunks) });
      answer(response);
    });
  });
  enginePort = await listen(engine);
  parts = {
    lookup: async (text) => (text === token ? { user: "kb-1" } : { refused: 401, message: "The token is not known." }),
    target: async (user) => ({ host: "127.0.0.1", port: enginePort, authorization: `Basic of ${user}` }),
  };
});

afterEach(() => {
  for (const server of open.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});

async function listen(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

interface Reply {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  text: string;
}

async function post(path: string, options: { headers?: Record<string, string>; body?: Buffer; method?: string } = {}) {
  const port = await listen(createTokenGateway(parts));
  const { headers = {}, body = Buffer.from("question"), method = "POST" } = options;
  return new Promise<Reply>((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        }),
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

test("a token in the path lets the request through to its user's engine", async () => {
  expect(await post(`/cliservice/token/${token}`)).toMatchObject({ status: 200, text: "rows" });
  expect(seen).toMatchObject([{ method: "POST", url: "/cliservice", body: Buffer.from("question") }]);
  expect(seen[0]?.headers.authorization).toBe("Basic of kb-1");
});

test("a token as the password of HTTP Basic lets the request through, whatever the user name", async () => {
  const headers = { authorization: basic("somebody", token) };
  expect(await post("/cliservice", { headers })).toMatchObject({ status: 200 });
  expect(seen[0]?.headers.authorization).toBe("Basic of kb-1");
});

test("the token in the path counts, not the made-up Basic that JDBC drivers send along", async () => {
  const headers = { authorization: basic("anonymous", "anonymous") };
  expect(await post(`/cliservice/token/${token}`, { headers })).toMatchObject({ status: 200 });
});

test("an unknown token is answered with 401 and the reason", async () => {
  const reply = await post("/cliservice/token/other");
  expect(reply).toMatchObject({ status: 401, text: "The token is not known.\n" });
  expect(reply.headers["www-authenticate"]).toBe('Basic realm="Kyuubi"');
  expect(seen).toEqual([]);
});

test("no token at all is answered with 401", async () => {
  expect(await post("/cliservice")).toMatchObject({ status: 401 });
  expect(await post("/cliservice", { headers: { authorization: basic("user", "") } })).toMatchObject({ status: 401 });
  expect(await post("/cliservice", { headers: { authorization: `Bearer ${token}` } })).toMatchObject({ status: 401 });
});

test("the token of a stopped service is answered with the status of the verdict", async () => {
  parts.lookup = async () => ({ refused: 503, message: "The Kyuubi service kb-1 is NOT_STARTED." });
  expect(await post(`/cliservice/token/${token}`)).toMatchObject({
    status: 503,
    text: "The Kyuubi service kb-1 is NOT_STARTED.\n",
  });
});

test.each(["/", "/other", `/cliservice/token/${token}/more`, `/cliservice/../cliservice/token/${token}`])(
  "the path %s is answered with 404",
  async (path) => {
    expect(await post(path)).toMatchObject({ status: 404 });
    expect(seen).toEqual([]);
  },
);

test("a GET is answered with 405", async () => {
  expect(await post(`/cliservice/token/${token}`, { method: "GET", body: Buffer.alloc(0) })).toMatchObject({
    status: 405,
  });
});

test("an engine that cannot be had is answered with 503 and the reason", async () => {
  parts.target = async () => {
    throw new Error("no Java was found");
  };
  expect(await post(`/cliservice/token/${token}`)).toMatchObject({ status: 503, text: "no Java was found\n" });
});

test("an engine that does not listen is answered with 502", async () => {
  parts.target = async () => ({ host: "127.0.0.1", port: 1, authorization: "" });
  expect(await post(`/cliservice/token/${token}`)).toMatchObject({ status: 502 });
});

test("cookies pass in neither direction", async () => {
  answer = (response) => response.writeHead(200, { "set-cookie": "hive.server2.auth=let-in" }).end();
  const { headers } = await post(`/cliservice/token/${token}`, { headers: { cookie: "hive.server2.auth=let-in" } });
  expect(headers["set-cookie"]).toBeUndefined();
  expect(seen[0]?.headers.cookie).toBeUndefined();
});

test("headers of the one connection are not forwarded, others are", async () => {
  const headers = { connection: "close, x-private", "x-private": "1", te: "trailers", "x-xsrf-header": "true" };
  await post(`/cliservice/token/${token}`, { headers });
  expect(seen[0]?.headers).toMatchObject({ "x-xsrf-header": "true" });
  expect(Object.keys(seen[0]?.headers ?? {})).not.toEqual(expect.arrayContaining(["x-private"]));
  expect(seen[0]?.headers.te).toBeUndefined();
});

test("a body in chunks arrives whole", async () => {
  const body = Buffer.alloc(3 * 1024 * 1024, "abc");
  await post(`/cliservice/token/${token}`, { headers: { "transfer-encoding": "chunked" }, body });
  expect(seen[0]?.body.equals(body)).toBe(true);
});

test("a long answer arrives whole", async () => {
  const long = "row\n".repeat(1_000_000);
  answer = (response) => response.end(long);
  expect((await post(`/cliservice/token/${token}`)).text).toBe(long);
});

test("a body that is announced as larger than 16 MiB is refused before the engine is asked", async () => {
  const body = Buffer.alloc(16 * 1024 * 1024 + 1);
  const headers = { "content-length": String(body.length) };
  expect(await post(`/cliservice/token/${token}`, { headers, body })).toMatchObject({ status: 413 });
  expect(seen).toEqual([]);
});

test("a body in chunks that grows larger than 16 MiB is refused", async () => {
  const body = Buffer.alloc(17 * 1024 * 1024);
  const headers = { "transfer-encoding": "chunked" };
  expect(await post(`/cliservice/token/${token}`, { headers, body })).toMatchObject({ status: 413 });
  expect(seen).toEqual([]);
});

test("a request waits for an engine that is starting", async () => {
  const { target } = parts;
  parts.target = async (user) => {
    await sleep(300);
    return target(user);
  };
  expect(await post(`/cliservice/token/${token}`)).toMatchObject({ status: 200, text: "rows" });
});

test("an answer that takes its time is waited for", async () => {
  const server = createTokenGateway(parts);
  expect(server.requestTimeout).toBe(0);
  expect(server.timeout).toBe(0);
  answer = (response) => void setTimeout(() => response.end("late"), 500);
  expect(await post(`/cliservice/token/${token}`)).toMatchObject({ text: "late" });
});

test("a client that goes away takes its request to the engine with it", async () => {
  answer = () => {};
  const port = await listen(createTokenGateway(parts));
  const client = connect(port, "127.0.0.1");
  client.write(`POST /cliservice/token/${token} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi`);
  await expect.poll(() => seen.length).toBe(1);
  client.destroy();
  await expect.poll(() => closedEarly).toBe(1);
});

test("a client that goes away while the engine starts is not asked for", async () => {
  const started = Promise.withResolvers<void>();
  let asked = false;
  const { target } = parts;
  parts.target = async (user) => {
    asked = true;
    await started.promise;
    return target(user);
  };
  const port = await listen(createTokenGateway(parts));
  const client = connect(port, "127.0.0.1");
  client.write(`POST /cliservice/token/${token} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nhi`);
  await expect.poll(() => asked).toBe(true);
  client.destroy();
  await sleep(100);
  started.resolve();
  await sleep(100);
  expect(seen).toEqual([]);
});

test("an answer that breaks off does not look complete to the client", async () => {
  answer = (response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("half");
    setTimeout(() => response.destroy(), 50);
  };
  await expect(post(`/cliservice/token/${token}`)).rejects.toThrow();
});

test("two tokens lead to two engines", async () => {
  parts.lookup = async (text) => ({ user: text === token ? "kb-1" : "kb-2" });
  await post(`/cliservice/token/${token}`);
  await post("/cliservice/token/another");
  expect(seen.map(({ headers }) => headers.authorization)).toEqual(["Basic of kb-1", "Basic of kb-2"]);
});
