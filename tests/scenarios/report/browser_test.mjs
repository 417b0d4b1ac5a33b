// Opens reports in a browser and fails if anything is wrong with them there.
//
//   node browser_test.mjs [--browser PATH] [--screenshots DIR] REPORT...
//   node browser_test.mjs [--browser PATH] --mutations REPORT
//
// For each report: no error on the console or in the page, no request for anything but the file itself, every
// chart drawn with marks in it and followed by a table with a row for each of its points, in light and dark,
// at the width of a desk and of a telephone (where nothing may stick out), with enough contrast, names for
// what has no text, and a way to everything by keyboard; and on paper, where everything is open and light.
//
// --mutations spoils a report in one way after the other, and fails if one of them goes unnoticed.
//
// Exit status: 0 well, 1 not, 2 bad usage, 77 without the browser's driver.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { contrasts, keyboard_stops, names_of_marks, survey } from "./browser_survey.mjs";
import { mutations } from "./browser_mutations.mjs";

const require = createRequire(new URL("../../../scenarios/report/web/package.json", import.meta.url));
let chromium;
try {
  ({ chromium } = require("playwright-core"));
} catch (error) {
  console.log(`SKIP: playwright-core is missing (${error.code}); ./setup installs it`);
  process.exit(77);
}

const args = process.argv.slice(2);
const option = (name, otherwise) => {
  const at = args.indexOf(name);
  return at < 0 ? otherwise : args.splice(at, 2)[1];
};
const flag = (name) => {
  const at = args.indexOf(name);
  return at >= 0 && args.splice(at, 1).length > 0;
};
const executable = option("--browser", "/usr/bin/chromium");
const screenshots = option("--screenshots", null);
const mutating = flag("--mutations");
if (args.length === 0 || (mutating && args.length > 1)) {
  console.error("expected the path of a report");
  process.exit(2);
}
if (screenshots) mkdirSync(screenshots, { recursive: true });

const desk = { width: 1360, height: 900 }, telephone = { width: 390, height: 844 }, paper = { width: 688, height: 970 };

const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

// Everything that is wrong with one report, as sentences.
const inspect = async (browser, report, short, patience_ms = 15000) => {
  const wrong = [];
  const check = (ok, message) => { if (!ok) wrong.push(`${short}: ${message}`); };
  if (!existsSync(report)) return [`${report}: no such file`];
  const url = pathToFileURL(resolve(report)).href;
  const context = await browser.newContext({ viewport: desk, colorScheme: "light", offline: true });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") check(false, `console: ${message.text()}`);
  });
  page.on("pageerror", (error) => check(false, `page error: ${error}`));
  page.on("dialog", (dialog) => {
    check(false, `a dialog opened: ${dialog.message()}`);
    dialog.dismiss();
  });
  page.on("request", (request) => {
    check(request.url().startsWith("data:") || request.url() === url, `asked for ${request.url()}`);
  });
  const drawn = async (name) => {
    await page.waitForFunction(() => window.__assayChartsDrawn === document.querySelectorAll(".chart").length, null, { timeout: patience_ms })
      .catch(() => check(false, `${name}: the charts were not drawn in time`));
    await settled(page);
  };
  const check_page = (state, name) => {
    check(state.charts.length === state.expected, `${name}: ${state.charts.length} places for ${state.expected} charts`);
    for (const chart of state.charts) {
      check(chart.drawn, `${name}: ${chart.id} is not drawn`);
      check(chart.marks > 0, `${name}: ${chart.id} has no marks`);
      check(chart.width > 180 && chart.height > 60, `${name}: ${chart.id} is ${chart.width} x ${chart.height}`);
      check(chart.unknown === 0, `${name}: ${chart.id} has ${chart.unknown} marks of unknown colour`);
      check(chart.points > 0 && chart.points === chart.rows, `${name}: ${chart.id} has ${chart.points} points, its table ${chart.rows} rows`);
      check(chart.marks >= chart.points, `${name}: ${chart.id} has ${chart.marks} marks for ${chart.points} points`);
    }
    for (const what of state.unnamed) check(false, `${name}: no name: ${what}`);
    for (const what of state.headings) check(false, `${name}: heading out of order: ${what}`);
    check(state.broken === 0, `${name}: ${state.broken} pictures do not show`);
    check(state.overflow <= 0, `${name}: the page sticks out by ${state.overflow} px`);
  };
  const picture = async (name) => {
    if (screenshots) await page.screenshot({ path: join(screenshots, `${short}-${name}.png`), fullPage: true });
  };

  // Light and dark, at a desk and on a telephone. One visit: what changes must change the page.
  await page.goto(url);
  const colours = {};
  for (const [place, size] of Object.entries({ desk, telephone })) {
    await page.setViewportSize(size);
    await settled(page);
    for (const scheme of ["light", "dark"]) {
      const name = `${scheme}, ${place}`;
      await page.emulateMedia({ colorScheme: scheme });
      await drawn(name);
      const state = await survey(page);
      check_page(state, name);
      colours[scheme] = state.colours;
      for (const poor of await contrasts(page)) check(false, `${name}: contrast ${poor}`);
      await picture(`${scheme}-${place}`);
    }
    for (const overlap of await names_of_marks(page)) check(false, `${place}: ${overlap}`);
  }
  for (const [what, light] of Object.entries(colours.light)) {
    check(light === null || light !== colours.dark[what], `light and dark have the same ${what}, ${light}`);
  }

  // The keyboard reaches everything that can be used, beginning with the way past the contents.
  await page.setViewportSize(desk);
  await settled(page);
  await drawn("desk again");
  const stops = await keyboard_stops(page);
  check(stops.first === "skip", `the keyboard's first stop is '${stops.first}', not the skip link`);
  for (const missed of stops.missed) check(false, `the keyboard does not reach ${missed}`);

  // The reader's own choice of colours, and every choice of every chart.
  const before = (await survey(page)).colours.ground;
  await page.click("#theme");
  check((await survey(page)).colours.ground !== before, "the button does not change the colours");
  for (const input of await page.$$("input[data-chart]")) {
    await input.check();
    await drawn("another choice");
    check_page(await survey(page), "another choice");
    for (const overlap of await names_of_marks(page)) check(false, `another choice: ${overlap}`);
  }

  // On paper.
  await page.setViewportSize(paper);
  await page.emulateMedia({ colorScheme: "dark", media: "print" });
  await settled(page);
  const print = await survey(page);
  check(print.colours.ground === "rgb(255, 255, 255)", `on paper the ground is ${print.colours.ground}`);
  check(print.sections.length >= 10, `on paper there are ${print.sections.length} sections`);
  for (const section of print.sections) {
    check(section.visible, `on paper section ${section.id} is missing`);
    check(section.closed === 0, `on paper ${section.closed} details of ${section.id} are closed`);
  }
  check(print.charts.every((chart) => chart.marks > 0), "on paper a chart is empty");
  check(print.overflow <= 0, `on paper the page sticks out by ${print.overflow} px`);
  if (screenshots) await page.pdf({ path: join(screenshots, `${short}.pdf`), format: "A4", printBackground: true });
  await context.close();
  return wrong;
};

const browser = await chromium.launch({
  executablePath: executable,
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
const folder = mkdtempSync(join(tmpdir(), "assay-browser-"));
let failures = 0;
try {
  if (mutating) {
    const text = readFileSync(args[0], "utf8");
    for (const [name, { edit, expect }] of Object.entries(mutations)) {
      // The policy allows the page's own scripts alone, by their hashes; these are to run.
      const open = text.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");
      const spoilt = edit(open);
      const file = join(folder, "spoilt.html");
      writeFileSync(file, spoilt);
      const found = spoilt === open ? ["the report has nothing to spoil so"] : await inspect(browser, file, "spoilt", 2000);
      const noticed = found.some((sentence) => expect.test(sentence));
      console.log(`${noticed ? "noticed" : "FAIL, unnoticed"}: ${name} (${found.length} faults)`);
      if (!noticed) {
        failures += 1;
        for (const sentence of found.slice(0, 5)) console.error(`  ${sentence}`);
      }
    }
  } else {
    for (const report of args) {
      const short = basename(report, ".html");
      const wrong = await inspect(browser, report, short);
      for (const sentence of wrong) console.error(`FAIL ${sentence}`);
      console.log(`${short}: ${wrong.length === 0 ? "well" : `${wrong.length} faults`}`);
      failures += wrong.length;
    }
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failures > 0 ? 1 : 0);
