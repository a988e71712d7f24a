import type { Language } from "../language.ts";
import { type Html, html } from "./html.ts";
import { words } from "./words.ts";

export interface Framed {
  title: string;
  language: Language;
  /** Of the style sheet, as the response's policy names it. */
  nonce: string;
  /** Of this page, for the link to it in the other language. */
  path: string;
  body: Html;
  /** Who signed in, and how to end that. */
  person?: Html;
}

/** Colours have a contrast of at least 4.5 : 1 in both schemes; nothing is told by colour alone. */
const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --ground: #ffffff; --panel: #f3f5f7; --line: #8b949e;
  --link: #0b57b0; --go: #176f2c; --stop: #a4202a; --on: #ffffff; --alarm: #8f1d26; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebef; --soft: #a9b2bd; --ground: #14171b; --panel: #20252b;
  --line: #7d8894; --link: #8cc0ff; --go: #7ed491; --stop: #ffa198; --on: #14171b; --alarm: #ffb3ab; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header, main { max-width: 46rem; margin: 0 auto; padding: 0.75rem 1rem; }
header { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; justify-content: space-between; color: var(--soft); }
.skip { position: absolute; left: -100rem; } .skip:focus { left: 1rem; background: var(--ground); }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0.25rem 0 1rem; } h2 { font-size: 1.05rem; margin: 1.5rem 0 0.5rem; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.question { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--panel); border-left: 4px solid var(--line);
  padding: 0.75rem; margin: 0; }
.question strong { display: block; }
dl { display: grid; grid-template-columns: minmax(9.5rem, max-content) 1fr; gap: 0.25rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: 0.5rem; } }
form { background: var(--panel); padding: 1rem; margin-top: 0.5rem; }
header form { background: none; padding: 0; margin: 0; }
header button { font-weight: 400; padding: 0 0.4rem; margin: 0 0 0 0.5rem; border: 1px solid; background: none; color: inherit; }
label { display: block; font-weight: 600; } .field { margin-bottom: 1rem; }
code { font: 1rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
input { font: 1rem/1.4 ui-monospace, monospace; width: 100%; padding: 0.5rem; border: 1px solid var(--line); color: inherit;
  background: var(--ground); } input.code { max-width: 10rem; letter-spacing: 0.15em; }
button { font: inherit; font-weight: 600; padding: 0.6rem 1.2rem; margin: 0 0.75rem 0.25rem 0; border: 2px solid; cursor: pointer; }
.go { background: var(--go); border-color: var(--go); color: var(--on); }
.stop { background: transparent; border-color: var(--stop); color: var(--stop); }
.hint { color: var(--soft); margin: 0.15rem 0; } .warn { border-left: 4px solid var(--alarm); padding-left: 0.75rem; }
.alarm { border: 2px solid var(--alarm); color: var(--alarm); padding: 0.5rem 0.75rem; margin: 0 0 1rem; }
.plans { list-style: none; padding: 0; } .plans li { background: var(--panel); padding: 0.75rem; margin-bottom: 0.5rem;
  overflow-wrap: anywhere; } .plans p { margin: 0; }
`;

export function framed({ title, language, nonce, path, body, person }: Framed): string {
  const text = words[language];
  const { other } = text;
  const tag = language === "zh" ? "zh-Hans" : "en";
  const otherTag = other.language === "zh" ? "zh-Hans" : "en";
  return html`<!doctype html>
<html lang="${tag}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · ${text.product}</title>
<style nonce="${nonce}">${{ markup: style }}</style>
</head>
<body>
<header><span>${text.product}</span>${person}<a href="${path}${path.includes("?") ? "&" : "?"}lang=${other.language}" lang="${otherTag}" hreflang="${otherTag}">${other.name}</a></header>
<main>${body}</main>
</body>
</html>
`.markup;
}
