import { styleText } from "node:util";

const columns = 80;

/** Words for a person, 80 columns wide, on one stream. */
export interface Page {
  heading(text: string): void;
  /** What an assistant would call. */
  call(tool: string, args: Readonly<Record<string, unknown>>): void;
  /** An argument that all later calls have in common; said once. */
  leaveOut(name: string, value: string): void;
  /** What came back, or any other sentence; further lines of it are indented by `hanging` more. */
  say(text: string, hanging?: number): void;
  table(rows: readonly (readonly string[])[]): void;
  /** How a wait goes: a line that the next one replaces on a terminal, else a line for every change. */
  waiting(state: string, detail: string): void;
  blank(): void;
}

export function createPage(stream: NodeJS.WriteStream): Page {
  const style = (format: "bold" | "dim", text: string) => styleText(format, text, { stream });
  const leftOut = new Map<string, string>();
  let isPassing = false;
  let lastState = "";
  const write = (text: string) => {
    if (isPassing) stream.write("\r\x1b[K");
    isPassing = false;
    lastState = "";
    stream.write(`${text}\n`);
  };
  return {
    heading: (text) => write(`\n${style("bold", text)}`),
    call(tool, args) {
      const told = Object.entries(args).filter(([name, value]) => leftOut.get(name) !== value);
      const shown = told.map(([name, value]) => `${name}=${shownValue(value)}`);
      write(style("dim", wrap(`> ${[tool, ...shown].join(" ")}`, 2, 4)));
    },
    leaveOut(name, value) {
      leftOut.set(name, value);
      write(wrap(`(${name}=${value} is left out below)`, 4));
    },
    say: (text, hanging = 0) => write(wrap(text, 4, 4 + hanging)),
    table: (rows) => write(aligned(rows).join("\n")),
    waiting(state, detail) {
      if (stream.isTTY) {
        stream.write(`\r\x1b[K    ${style("dim", `${state} ${detail}`.slice(0, columns - 5))}`);
        isPassing = true;
      } else if (state !== lastState) {
        write(`    ${state} ...`);
        lastState = state;
      }
    },
    blank: () => write(""),
  };
}

function shownValue(value: unknown): string {
  if (typeof value === "string") return value.includes(" ") ? JSON.stringify(value) : value;
  return JSON.stringify(value).replaceAll('","', '", "');
}

/** Breaks at blanks only, so that an address can still be copied. */
export function wrap(text: string, indent: number, hanging = indent): string {
  return text
    .split("\n")
    .flatMap((line) => {
      const lines: string[] = [];
      let current = " ".repeat(indent);
      let isEmpty = true;
      for (const word of line.split(" ")) {
        if (!isEmpty && current.length + 1 + word.length > columns) {
          lines.push(current);
          current = " ".repeat(hanging);
          isEmpty = true;
        }
        current += isEmpty ? word : ` ${word}`;
        isEmpty = false;
      }
      return [...lines, current];
    })
    .join("\n");
}

/** The first row is the heading; numbers stand at the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const [, ...body] = rows;
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const numeric = widths.map((_, at) => body.length > 0 && body.every((row) => /^-?[\d.]+$/.test(row[at] ?? "")));
  const lines = rows.map((row) =>
    row.map((cell, at) => (numeric[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0))).join("  "),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [lines[0] ?? "", rule, ...lines.slice(1)].map((line) => `      ${line.trimEnd()}`);
}
