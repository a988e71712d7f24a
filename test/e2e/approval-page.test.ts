import { existsSync, mkdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, dirname, join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openAuthenticator } from "../../src/approval/authenticator.ts";
import { startApprovalPage } from "../../src/approval/page.ts";
import { createTeamPage } from "../../src/approval/team-page.ts";
import { packageRoot } from "../../src/package-root.ts";
import { codeAt, enrolledAuthenticator, newFolder, newLedger, onCleanUp, planOf } from "../unit/approval.support.ts";

/** The approval page in a real browser, as a person with a keyboard meets it. */

const browserNames = ["chromium", "chromium-browser", "google-chrome"];
const browserFiles = (process.env.PATH ?? "")
  .split(delimiter)
  .flatMap((folder) => browserNames.map((name) => join(folder, name)));
const browserFile = [process.env.CHROMIUM ?? "", ...browserFiles].find((file) => file !== "" && existsSync(file));

let browser: Browser;
beforeAll(async () => {
  if (browserFile === undefined) {
    throw new Error("There is no Chromium here. Install it (apt-get install chromium) or name one in CHROMIUM.");
  }
  browser = await chromium.launch({
    executablePath: browserFile,
    args: [
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
});
afterAll(() => browser?.close());

const now = () => Date.now();

async function open(options: BrowserContextOptions = {}) {
  const ledger = newLedger();
  const { authenticator, secret } = enrolledAuthenticator(now());
  const plan = planOf({
    planId: "plan-8b1f0c7a5e2d49d3a6c4f19e70b2d853",
    target: "jr-1f9a4c07e2b35d68",
    question: [
      'About to execute: CancelJobRun, target: "jr-1f9a4c07e2b35d68", impact: running work is aborted and its results may be lost. Continue?',
      'Read just now, binding: state = "Running"',
      'Read just now, may change: name = "nightly etl"; queue = "root_queue"; since = 3120 s',
      "Account: AccessKey LTAI****9kQx, cn-hangzhou",
    ].join("\n"),
    requester: "claude-code 2.1.329",
    place: "cloud, cn-hangzhou, AccessKey LTAI****9kQx",
    createdAt: now(),
    expiresAt: now() + 600_000,
  });
  ledger.savePlan(plan);
  const served = await startApprovalPage({ ledger, authenticator, clock: { now }, language: "en" });
  onCleanUp(() => served.close());
  const context = await browser.newContext({ locale: "en-GB", viewport: { width: 720, height: 900 }, ...options });
  onCleanUp(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  const elsewhere: string[] = [];
  page.on("console", (message) => void complaints.push(message.text()));
  page.on("request", (request) => {
    if (!request.url().startsWith(new URL(served.url("x")).origin)) elsewhere.push(request.url());
  });
  const url = served.url(plan.planId);
  await page.goto(url);
  const stored = () => ledger.findPlan(plan.planId);
  return { page, plan, secret, url, stored, complaints, elsewhere };
}

/** What has the focus, as a screen reader would name it, and whether one can see that it has. */
async function focused(page: Page): Promise<{ name: string; visible: boolean }> {
  return page.evaluate(`(() => {
    const element = document.activeElement;
    const label = element.labels?.[0]?.textContent ?? element.textContent;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    return { name: label.trim(), visible: outlineStyle === "solid" && parseFloat(outlineWidth) >= 3 };
  })()`);
}

async function tabTo(page: Page, name: string): Promise<string[]> {
  const passed: string[] = [];
  for (let presses = 0; presses < 12; presses += 1) {
    await page.keyboard.press("Tab");
    const focus = await focused(page);
    expect(focus.visible, `the focus on ${focus.name} is visible`).toBe(true);
    if (focus.name === name) return passed;
    passed.push(focus.name);
  }
  throw new Error(`${name} was not reached; passed were ${passed.join(", ")}`);
}

test("with the keyboard alone, in English, a person reads, types name and code, and approves", async () => {
  const { page, plan, secret, stored, complaints, elsewhere } = await open({ javaScriptEnabled: false });
  expect(await page.locator("h1").textContent()).toBe("A request waits for your decision");
  expect(await tabTo(page, "Name of the target, typed out")).toEqual(["中文", "Skip to the decision"]);
  await page.keyboard.type(plan.target);
  expect(await tabTo(page, "Code of your authenticator app")).toEqual([]);
  await page.keyboard.type(codeAt(secret, now()));
  expect(await tabTo(page, "Approve")).toEqual([]);
  await page.keyboard.press("Enter");
  await page.getByRole("status").waitFor();
  expect(await page.getByRole("status").textContent()).toContain("Approved.");
  expect(stored()).toMatchObject({ state: "approved", strength: "out-of-band+code", decidedBy: "page+code" });
  expect([complaints, elsewhere]).toEqual([[], []]);
});

/** The same pages as a team's server has them, for an approver who is not whoever asked. */
async function openTeam(options: BrowserContextOptions = {}) {
  const ledger = newLedger();
  const plan = planOf({ principal: "ann", createdAt: now(), expiresAt: now() + 600_000 });
  ledger.savePlan(plan);
  const serveTeam = createTeamPage({
    ledger,
    authenticator: openAuthenticator(join(newFolder(), "authenticator.db")),
    clock: { now },
    language: "en",
    fourEyes: () => true,
    publicUrl: () => undefined,
    approvers: {
      find: (name, key) => (name === "bob" && key === "key-of-bob" ? { name, keyDigest: "digest" } : undefined),
      isStill: () => true,
    },
  });
  const server = createServer((request, response) => void serveTeam(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanUp(() => server.close());
  onCleanUp(() => server.closeAllConnections());
  const context = await browser.newContext({ locale: "en-GB", ...options });
  onCleanUp(() => context.close());
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => void complaints.push(message.text()));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/approvals/plans/${plan.planId}`);
  return { page, plan, stored: () => ledger.findPlan(plan.planId), context, complaints };
}

test("with the keyboard alone and without scripts, an approver of a team signs in, approves and signs out", async () => {
  const { page, plan, stored, context, complaints } = await openTeam({ javaScriptEnabled: false });
  expect(await page.locator("h1").textContent()).toBe("Sign in to decide");
  expect((await focused(page)).name).toBe("Your name in the team");
  await page.keyboard.type("bob");
  expect(await tabTo(page, "Your approval key")).toEqual([]);
  await page.keyboard.type("a wrong one");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  expect((await focused(page)).name).toBe("Your approval key");
  expect(await page.getByLabel("Your approval key").inputValue()).toBe("");
  await page.keyboard.type("key-of-bob");
  expect(await tabTo(page, "Sign in")).toEqual([]);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "A request waits for your decision" }).waitFor();
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/approvals" });

  expect(await tabTo(page, "Name of the target, typed out")).toEqual(["Sign out", "中文", "Skip to the decision"]);
  await page.keyboard.type(plan.target);
  expect(await tabTo(page, "Approve")).toEqual([]);
  await page.keyboard.press("Enter");
  await page.getByRole("status").waitFor();
  expect(stored()).toMatchObject({ state: "approved", decidedBy: "page:bob" });
  await page.getByRole("button", { name: "Sign out" }).press("Enter");
  await page.getByRole("heading", { name: "Sign in to decide" }).waitFor();
  expect(await context.cookies()).toEqual([]);
  // A browser reports an answer that is no success on its console, whatever page came with it.
  expect(complaints.filter((text) => !/status of 422/.test(text))).toEqual([]);
});

test("the sign-in of a team fits and can be read at 320 px", async () => {
  const { page } = await openTeam({ viewport: { width: 320, height: 640 } });
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
  const tree = await page.locator("body").ariaSnapshot();
  for (const part of ['textbox "Your name in the team"', 'textbox "Your approval key"', 'button "Sign in"']) {
    expect(tree).toContain(part);
  }
});

test("with the keyboard alone, in Chinese, a person refuses without name and code", async () => {
  const { page, stored, complaints } = await open({ locale: "zh-CN" });
  expect(await page.locator("html").getAttribute("lang")).toBe("zh-Hans");
  await tabTo(page, "拒绝");
  await page.keyboard.press("Enter");
  await page.getByRole("status").waitFor();
  expect(await page.getByRole("status").textContent()).toContain("已拒绝");
  expect(stored()?.state).toBe("declined");
  expect(complaints).toEqual([]);
});

test("a mistake is said aloud, and the focus is on the field to correct", async () => {
  const { page, plan, stored } = await open();
  await page.getByLabel("Name of the target").fill(plan.target);
  await page.getByLabel("Code of your authenticator app").fill("000000");
  await page.getByRole("button", { name: "Approve" }).press("Enter");
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("alert").textContent()).toContain("The code is not right.");
  expect((await focused(page)).name).toBe("Code of your authenticator app");
  expect(await page.getByLabel("Name of the target").inputValue()).toBe(plan.target);
  expect(await page.getByLabel("Code of your authenticator app").inputValue()).toBe("");
  expect(stored()?.state).toBe("waiting");
});

test("a screen reader finds headings, labels, hints and the language of each part", async () => {
  const { page } = await open();
  const tree = await page.locator("body").ariaSnapshot();
  for (const part of [
    'heading "A request waits for your decision" [level=1]',
    'textbox "Name of the target, typed out"',
    'textbox "Code of your authenticator app"',
    'button "Approve"',
    'button "Refuse"',
  ]) {
    expect(tree).toContain(part);
  }
  expect(await page.getByRole("link", { name: "中文" }).getAttribute("lang")).toBe("zh-Hans");
  expect(await page.getByLabel("Name of the target").getAttribute("aria-describedby")).toBe("name-hint");
});

test.each(["light", "dark"] as const)(
  "at 320 px and in the %s scheme everything fits and can be read",
  async (colorScheme) => {
    const { page } = await open({ colorScheme, viewport: { width: 320, height: 640 } });
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
    const weakest = await page.evaluate(`(() => {
      const rgb = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
      const light = ([r, g, b]) => {
        const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * x + 0.7152 * y + 0.0722 * z;
      };
      const ground = (element) => {
        const colour = rgb(getComputedStyle(element).backgroundColor);
        return colour[3] === 0 && element.parentElement ? ground(element.parentElement) : colour;
      };
      const texts = [...document.querySelectorAll("main *, header *")].filter((element) =>
        [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== ""),
      );
      const ratios = texts.map((element) => {
        const [high, low] = [light(rgb(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
        return (high + 0.05) / (low + 0.05);
      });
      return Math.min(...ratios);
    })()`);
    expect(weakest).toBeGreaterThanOrEqual(4.5);
    const ground = await page.evaluate("getComputedStyle(document.body).backgroundColor");
    expect(ground).toBe(colorScheme === "dark" ? "rgb(20, 23, 27)" : "rgb(255, 255, 255)");
  },
);

test("a page of another origin can neither frame it nor send its form", async () => {
  const { page, url, stored, plan } = await open();
  const attacker = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/html" }).end(`<!doctype html><iframe src="${url}"></iframe>
      <form method="post" action="${url}"><input name="verdict" value="declined"><input name="name" value="${plan.target}">
      <button>win</button></form>`);
  });
  await new Promise<void>((resolve) => attacker.listen(0, "127.0.0.1", resolve));
  onCleanUp(() => attacker.close());
  await page.goto(`http://127.0.0.1:${(attacker.address() as AddressInfo).port}/`);
  expect(await page.frameLocator("iframe").locator("form").count()).toBe(0);
  const [answer] = await Promise.all([page.waitForNavigation(), page.getByRole("button", { name: "win" }).click()]);
  expect(answer?.status()).toBe(403);
  expect(stored()?.state).toBe("waiting");
});

// The picture in the docs; written when asked for, so that a test run changes no file of the project.
test("the page has a picture", async () => {
  const { page } = await open();
  const file = join(packageRoot, "docs/images/approval-page.png");
  const save = process.env.SAVE_IMAGES === "1";
  if (save) mkdirSync(dirname(file), { recursive: true });
  const picture = await page.screenshot({ fullPage: true, ...(save && { path: file }) });
  expect(picture.subarray(1, 4).toString()).toBe("PNG");
  expect(picture.length).toBeLessThan(200_000);
  expect(existsSync(file)).toBe(true);
});
