import { mkdtemp, rm } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OSS from "ali-oss";
import { type ObjectStore, startObjectStore } from "../../src/sandbox/storage/server.ts";

export const accessKeyId = "LTAI-sandbox";
export const accessKeySecret = "sandbox-secret";
export const bucket = "spark-data";

export interface TestStore extends ObjectStore {
  root: string;
}

export async function startStore(): Promise<TestStore> {
  const root = await mkdtemp(join(tmpdir(), "object-store-"));
  const store = await startObjectStore({ rootFolder: root, accessKeyId, accessKeySecret, regionId: "cn-hangzhou" });
  return {
    ...store,
    root,
    async close() {
      await store.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export function client(store: ObjectStore, options: Partial<OSS.Options> = {}): OSS {
  return new OSS({
    accessKeyId,
    accessKeySecret,
    region: "oss-cn-hangzhou",
    endpoint: store.endpoint,
    bucket,
    ...options,
  });
}

export interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** Sends a path as it is: fetch and ali-oss would normalise it first. */
export function send(
  store: ObjectStore,
  path: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(store.endpoint);
  return new Promise((resolve, reject) => {
    const request = http.request(
      { hostname, port, path, method: options.method ?? "GET", headers: options.headers ?? {}, agent: false },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
      },
    );
    request.on("error", reject).end(options.body);
  });
}

/** Signs what ali-oss would refuse to build or would tidy up. */
export function sign(store: ObjectStore, method: string, key: string, date = new Date()): Record<string, string> {
  const headers = { "x-oss-date": date.toUTCString() };
  const signer = client(store) as OSS & { authorization(...args: unknown[]): string };
  return { ...headers, authorization: signer.authorization(method, `/${bucket}/${key}`, undefined, headers) };
}

export function sendSigned(
  store: ObjectStore,
  { method, key, path, body = "" }: { method: string; key: string; path?: string; body?: string },
): Promise<Answer> {
  const headers = sign(store, method, key);
  return send(store, path ?? `/${bucket}/${encodeURI(key)}`, { method, headers, body });
}

export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "no error";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
