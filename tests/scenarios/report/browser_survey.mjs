// What browser_test.mjs asks of a page.

// What is drawn in each chart, what stands beneath it, and what is wrong with the page as it stands.
export const survey = (page) => page.evaluate(() => {
  const specs = JSON.parse(document.getElementById("charts").textContent);
  const charts = [...document.querySelectorAll(".chart")].map((chart) => {
    const svg = chart.querySelector("svg");
    const box = svg?.getBoundingClientRect();
    const chosen = document.querySelector(`input[data-chart="${chart.id}"]:checked`);
    const spec = specs.find((each) => each.element === chart.id)?.choices[chosen ? Number(chosen.value) : 0];
    const tables = chart.closest("figure").querySelectorAll(".figure-data table");
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
      // The attacker without the view shares the row of the one who has it.
      points: spec ? spec.data.values.filter((value) => value.kind !== "without the view").length : 0,
      rows: tables.length > 0 ? tables[tables.length - 1].querySelectorAll("tbody tr").length : 0,
    };
  });
  const told = (element) => `${element.tagName.toLowerCase()}${element.id ? `#${element.id}` : ""} ${element.outerHTML.slice(0, 60)}`;
  const unnamed = [
    ...[...document.querySelectorAll("a, button, summary")].filter((e) => !e.textContent.trim() && !e.getAttribute("aria-label")),
    ...[...document.querySelectorAll("img")].filter((e) => !e.alt),
    ...[...document.querySelectorAll(".chart")].filter((e) => !e.closest("[role=img]")?.getAttribute("aria-label")),
    ...[...document.querySelectorAll("[role=group], nav")].filter((e) => !e.getAttribute("aria-label")),
    ...[...document.querySelectorAll("input")].filter((e) => !e.closest("label")?.textContent.trim()),
    ...[...document.querySelectorAll("fieldset")].filter((e) => !e.querySelector("legend")?.textContent.trim()),
    ...[...document.querySelectorAll("table")].filter((e) => !e.caption?.textContent.trim()),
    ...[...document.querySelectorAll("html")].filter((e) => !e.lang || !document.title),
  ].map(told);
  let level = 0;
  const headings = [...document.querySelectorAll("h1, h2, h3, h4")].filter((heading) => {
    const own = Number(heading.tagName[1]), skipped = own > level + 1;
    level = own;
    return skipped;
  }).map(told);
  const chart_text = document.querySelector(".chart svg text");
  return {
    charts,
    expected: specs.length,
    unnamed,
    headings,
    overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    sections: [...document.querySelectorAll("main > header, main > section")].map((section) => ({
      id: section.id || section.getAttribute("aria-labelledby"),
      visible: section.checkVisibility() && section.getBoundingClientRect().height > 20,
      closed: section.querySelectorAll("details:not([open], .screen-only)").length,
    })),
    colours: {
      ground: getComputedStyle(document.body).backgroundColor,
      ink: getComputedStyle(document.body).color,
      "colour of text in charts": chart_text ? getComputedStyle(chart_text).fill : null,
    },
    broken: [...document.images].filter((image) => !image.complete || image.naturalWidth === 0).length,
  };
});

// Texts without the contrast of WCAG 2.1, level AA: 4.5 to 1, and 3 to 1 from 24 px, or 18.66 px in bold, on.
export const contrasts = (page) => page.evaluate(() => {
  const channel = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const parse = (text) => {
    if (known.has(text)) return known.get(text);
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    known.set(text, { rgb: [r, g, b], alpha: a / 255 });
    return known.get(text);
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
    if (!walker.currentNode.textContent.trim() || seen.has(element) || !element.checkVisibility()) continue;
    seen.add(element);
    const style = getComputedStyle(element);
    const in_chart = element.closest("svg") !== null;
    if (in_chart && style.fill === "none") continue;
    const below = ground(element);
    let opacity = 1;
    for (let e = element; e; e = e.parentElement) opacity *= Number(getComputedStyle(e).opacity);
    const own = parse(in_chart ? style.fill : style.color).rgb.map((c, i) => c * opacity + below[i] * (1 - opacity));
    const [a, b] = [luminance(own), luminance(below)].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) worst.push(`${ratio.toFixed(2)} "${element.textContent.trim().slice(0, 30)}" .${element.getAttribute("class")}`);
  }
  return worst;
});

// Names of points that cover one another, or that stick out of their chart.
export const names_of_marks = (page) => page.evaluate(() => {
  const out = [];
  for (const chart of document.querySelectorAll(".chart")) {
    const frame = chart.getBoundingClientRect();
    const names = [...chart.querySelectorAll("g.mark-text.role-mark text")].filter((text) => text.textContent);
    const boxes = names.map((name) => name.getBoundingClientRect());
    boxes.forEach((a, i) => {
      const what = `the name "${names[i].textContent.slice(0, 30)}" in ${chart.id}`;
      if (a.left < frame.left - 1 || a.right > frame.right + 1 || a.top < frame.top - 1 || a.bottom > frame.bottom + 1) out.push(`${what} is cut off`);
      for (const b of boxes.slice(i + 1)) {
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (wide > 2 && high > 3) out.push(`${what} overlaps another`);
      }
    });
  }
  return out;
});

// Where the tabulator stops first, and what it never reaches of what can be used.
export const keyboard_stops = async (page) => {
  const count = await page.evaluate(() => {
    window.__reached = new Set();
    document.addEventListener("focusin", (event) => window.__reached.add(event.target));
    // Of a group of radio buttons the tabulator reaches the chosen one.
    window.__usable = [...document.querySelectorAll("a[href], button, summary, input:checked, .table-wrap")].filter((e) => e.checkVisibility());
    return window.__usable.length;
  });
  await page.keyboard.press("Tab");
  const first = await page.evaluate(() => document.activeElement.className);
  for (let i = 0; i < count + 2; ++i) await page.keyboard.press("Tab");
  const missed = await page.evaluate(() => window.__usable.filter((e) => !window.__reached.has(e)).map((e) => e.outerHTML.slice(0, 80)));
  return { first, missed };
};
