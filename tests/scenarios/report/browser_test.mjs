// Opens reports in a browser and fails if anything is wrong with them there.
//
//   node browser_test.mjs [--browser PATH] [--screenshots DIR] REPORT...
//
// For each report: no error on the console or in the page, no request for anything but the file itself, every
// chart drawn with marks in it, in light and dark, at the width of a desk and of a telephone (where nothing
// may stick out), and on paper, where everything is open and light.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(new URL("../../../scenarios/report/web/package.json", import.meta.url));
const { chromium } = require("playwright-core");

const args = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = args.indexOf(name);
  return at < 0 ? otherwise : args.splice(at, 2)[1];
};
const browser = option("--browser", "/usr/bin/chromium");
const screenshots = option("--screenshots", null);
const reports = args;
if (reports.length === 0) {
  console.error("expected the path of a report");
  process.exit(2);
}
if (screenshots) mkdirSync(screenshots, { recursive: true });

const widths = { desk: { width: 1360, height: 900 }, telephone: { width: 390, height: 844 } };
let failures = 0;
const check = (ok, message) => {
  if (ok) return;
  failures += 1;
  console.error(`FAIL ${message}`);
};

// What is drawn in each chart, and what is wrong with the page as it stands.
const survey = (page) => page.evaluate(() => {
  const charts = [...document.querySelectorAll(".chart")].map((chart) => {
    const svg = chart.querySelector("svg");
    const box = svg?.getBoundingClientRect();
    return {
      id: chart.id,
      drawn: chart.classList.contains("drawn"),
      width: box ? box.width : 0,
      height: box ? box.height : 0,
      marks: svg ? svg.querySelectorAll(".role-mark path, .role-mark line").length : 0,
      // A colour that the page does not know would leave black or nothing.
      unknown: svg ? [...svg.querySelectorAll("[fill^='var('],[stroke^='var(']")].filter((mark) => {
        const name = /var\((--[a-z0-9-]+)\)/.exec(mark.getAttribute("fill") + mark.getAttribute("stroke"))?.[1];
        return !getComputedStyle(document.documentElement).getPropertyValue(name).trim();
      }).length : 0,
    };
  });
  return {
    charts,
    counted: window.__assayChartsDrawn,
    expected: JSON.parse(document.getElementById("charts").textContent).length,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    closed: document.querySelectorAll("details:not([open])").length,
    ground: getComputedStyle(document.body).backgroundColor,
    broken: [...document.images].filter((image) => !image.complete || image.naturalWidth === 0).length,
    unnamed: [...document.querySelectorAll("main a, main button, main input, main img, main svg[role=img]")]
      .filter((e) => !(e.textContent || e.getAttribute("alt") || e.getAttribute("aria-label") || e.closest("label"))).length,
  };
});

// The ratio of the contrast of two colours (WCAG 2.1, relative luminance).
const contrasts = (page) => page.evaluate(() => {
  const channel = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const parse = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return { rgb: [r, g, b], alpha: a / 255 };
  };
  const luminance = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.alpha > 0.99) return colour.rgb;
    }
    return [255, 255, 255];
  };
  const worst = [];
  const walker = document.createTreeWalker(document.querySelector(".page"), NodeFilter.SHOW_TEXT);
  const seen = new Set();
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || seen.has(element) || element.closest("svg") || !element.checkVisibility()) continue;
    seen.add(element);
    const style = getComputedStyle(element);
    const below = ground(element);
    let opacity = 1;
    for (let e = element; e; e = e.parentElement) opacity *= Number(getComputedStyle(e).opacity);
    const own = parse(style.color).rgb.map((c, i) => c * opacity + below[i] * (1 - opacity));
    const [a, b] = [luminance(own), luminance(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) worst.push(`${ratio.toFixed(2)} "${element.textContent.trim().slice(0, 30)}" .${element.className}`);
  }
  return worst;
});

const drawn = async (page, name) => {
  await page.waitForFunction(() => window.__assayChartsDrawn === JSON.parse(document.getElementById("charts").textContent).length,
    null, { timeout: 30000 }).catch(() => check(false, `${name}: the charts were not drawn within 30 s`));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
};

const check_survey = (state, name) => {
  check(state.counted === state.expected, `${name}: ${state.counted} of ${state.expected} charts drawn`);
  check(state.charts.length === state.expected, `${name}: ${state.charts.length} places for ${state.expected} charts`);
  for (const chart of state.charts) {
    check(chart.drawn, `${name}: ${chart.id} is not drawn`);
    check(chart.marks > 0, `${name}: ${chart.id} has no marks`);
    check(chart.width > 200 && chart.height > 60, `${name}: ${chart.id} is ${chart.width} x ${chart.height}`);
    check(chart.unknown === 0, `${name}: ${chart.id} has ${chart.unknown} marks of unknown colour`);
  }
  check(state.broken === 0, `${name}: ${state.broken} pictures do not show`);
  check(state.unnamed === 0, `${name}: ${state.unnamed} controls or pictures have no name`);
  check(state.overflow <= 0, `${name}: the page sticks out by ${state.overflow} px`);
};

const profile = mkdtempSync(join(tmpdir(), "assay-browser-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: browser,
  headless: true,
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
});
try {
  await context.setOffline(true);
  for (const report of reports) {
    const short = basename(report, ".html");
    if (!existsSync(report)) {
      check(false, `${report}: no such file`);
      continue;
    }
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") check(false, `${short}: console: ${message.text()}`);
    });
    page.on("pageerror", (error) => check(false, `${short}: ${error}`));
    page.on("dialog", (dialog) => {
      check(false, `${short}: a dialog opened: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("request", (request) => {
      const url = request.url();
      check(url.startsWith("data:") || url === pathToFileURL(resolve(report)).href, `${short}: asked for ${url}`);
    });
    const picture = async (name) => {
      if (screenshots) await page.screenshot({ path: join(screenshots, `${short}-${name}.png`), fullPage: true });
    };

    let grounds = [];
    for (const scheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme: scheme, media: "screen" });
      for (const [width, size] of Object.entries(widths)) {
        const name = `${short}, ${scheme}, ${width}`;
        await page.setViewportSize(size);
        await page.goto(pathToFileURL(resolve(report)).href);
        await drawn(page, name);
        const state = await survey(page);
        check_survey(state, name);
        if (width === "desk") grounds.push(state.ground);
        for (const poor of await contrasts(page)) check(false, `${name}: contrast ${poor}`);
        await picture(`${scheme}-${width}`);
      }
    }
    check(grounds[0] !== grounds[1], `${short}: light and dark have one ground, ${grounds[0]}`);

    // The reader's own choice of colours, and every choice of every chart.
    await page.setViewportSize(widths.desk);
    const before = (await survey(page)).ground;
    await page.click("#theme");
    check((await survey(page)).ground !== before, `${short}: the button does not change the colours`);
    for (const input of await page.$$("input[data-chart]")) {
      await input.check();
      await drawn(page, short);
      check_survey(await survey(page), `${short}, another choice`);
      if (screenshots) {
        const chart = await page.$(`#${await input.getAttribute("data-chart")}`);
        await chart.screenshot({ path: join(screenshots, `${short}-${await chart.getAttribute("id")}-${await input.getAttribute("value")}.png`) });
      }
    }
    // The keyboard reaches the report past the contents.
    await page.reload();
    await drawn(page, short);
    await page.keyboard.press("Tab");
    check(await page.evaluate(() => document.activeElement.className) === "skip", `${short}: the first stop is not the skip link`);

    await page.emulateMedia({ colorScheme: "dark", media: "print" });
    await page.waitForFunction(() => document.querySelectorAll("details:not([open])").length === 0, null, { timeout: 5000 }).catch(() => {});
    const print = await survey(page);
    check(print.closed === 0, `${short}, on paper: ${print.closed} details are closed`);
    check(print.ground === "rgb(255, 255, 255)", `${short}, on paper: the ground is ${print.ground}`);
    check(print.charts.every((chart) => chart.marks > 0), `${short}, on paper: a chart is empty`);
    if (screenshots) await page.pdf({ path: join(screenshots, `${short}.pdf`), format: "A4", printBackground: true });
    await page.close();
    console.log(`${short}: ${print.expected} charts`);
  }
} finally {
  await context.close();
  rmSync(profile, { recursive: true, force: true });
}
if (failures > 0) {
  console.error(`${failures} failures`);
  process.exit(1);
}
console.log("all reports are well");
