import { join } from "node:path";
import type { CallToolResult } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect } from "vitest";
import { packageRoot } from "../../src/package-root.ts";
import { pageOf, sendForm } from "../contract/approval.support.ts";
import { createClient, textOf } from "../fixtures/clients.ts";

export interface Answer {
  text: string;
  data: Record<string, unknown>;
  isError: boolean;
}

/** An assistant with every tool of the program in front of the sandbox, and a person who says yes wherever they are asked. */
export interface Assistant {
  call(name: string, input: Record<string, unknown>): Promise<Answer>;
  /** What the person was asked. */
  asked: string[];
  close(): Promise<void>;
}

export async function startAssistant(home: string, longestMs: number): Promise<Assistant> {
  const asked: string[] = [];
  const client = createClient({
    era: "2026-07-28",
    elicit: ({ params }) => {
      asked.push(String(params.message));
      return { action: "accept", content: { approve: true } };
    },
  });
  const { PATH = "", HOME = "", XDG_CACHE_HOME = "" } = process.env;
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(packageRoot, "src/cli/bin.ts"), "serve", "--toolsets", "all"],
      env: { PATH, HOME, XDG_CACHE_HOME, SPARK_WORKSPACE_HOME: home },
      stderr: "inherit",
    }),
  );

  return {
    asked,
    /** Where the person must decide outside of the client they do, and the same call goes on. */
    async call(name, input) {
      const ask = () => client.callTool({ name, arguments: input }, { timeout: longestMs }) as Promise<CallToolResult>;
      let result = await ask();
      if (textOf(result).startsWith("AWAITING_APPROVAL")) {
        const page = pageOf(result);
        const target = /of (\S+) was not sent yet/.exec(textOf(result))?.[1] ?? "";
        expect(await sendForm(page, { verdict: "approved", name: target })).toBe(303);
        asked.push(`outside of the client: ${textOf(result)}`);
        result = await ask();
      }
      const { data = {} } = (result.structuredContent ?? {}) as { data?: Record<string, unknown> };
      return { text: textOf(result), data, isError: result.isError === true };
    },
    close: () => client.close(),
  };
}

/** The lines between the marks of a stranger's text that hold a row, digit by digit as they came. */
export function rowLinesIn(text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith("["));
}

export function rowsIn(text: string): unknown[] {
  return rowLinesIn(text).map((line) => JSON.parse(line) as unknown);
}
