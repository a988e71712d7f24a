import { request } from "node:http";
import type { ThriftAddress } from "../../sql-engine.ts";

/**
 * One question to a user's Spark. Not `fetch`, which gives up after five minutes without an answer, and no kept
 * connections: a statement must not be sent again because the other side closed one under our hands.
 */
export function ask(address: ThriftAddress, path: string, question: unknown): Promise<unknown> {
  const { host, port, authorization } = address;
  const body = Buffer.from(JSON.stringify(question));
  const headers = { authorization, "content-type": "application/json", "content-length": body.length };
  return new Promise((resolve, reject) => {
    const asked = request({ host, port, path, method: "POST", agent: false, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode !== 200) return reject(new Error(`Spark answered with HTTP ${response.statusCode}`));
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")));
        } catch (error) {
          reject(error);
        }
      });
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
