// Draws the charts of the report, and looks after its colours, its contents and its printing. The chart
// libraries stand in the script before this one.
(() => {
  "use strict";
  const root = document.documentElement;
  const charts = JSON.parse(document.getElementById("charts").textContent);

  // ---- colours: the system's, or the reader's choice ----
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const button = document.getElementById("theme");
  const isDark = () => (root.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  const label = () => { button.textContent = isDark() ? "Light colours" : "Dark colours"; };
  try {
    const kept = localStorage.getItem("assay-theme");
    if (kept === "dark" || kept === "light") root.dataset.theme = kept;
  } catch { /* a file may have no storage: the choice lasts for the visit */ }
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("assay-theme", root.dataset.theme); } catch { /* as above */ }
    label();
  });
  dark.addEventListener("change", label);
  label();

  // ---- charts: colours are the page's own variables, so that they follow it, on paper too ----
  const font = getComputedStyle(document.body).fontFamily;
  const config = {
    background: "transparent", font, view: { stroke: null },
    axis: {
      labelColor: "var(--muted)", titleColor: "var(--ink)", gridColor: "var(--faint)", domainColor: "var(--line)",
      tickColor: "var(--line)", labelFontSize: 12, titleFontSize: 12.5, titleFontWeight: 500, titlePadding: 10,
      labelPadding: 6,
    },
    legend: { labelColor: "var(--ink)", labelFontSize: 12.5, symbolSize: 70, symbolOpacity: 1, offset: 10, columnPadding: 18 },
    style: {
      front: { color: "var(--accent)", strokeWidth: 1.5, strokeDash: [5, 4], opacity: 0.7 },
      interval: { color: "var(--accent)", strokeWidth: 2, opacity: 0.45 },
      system: { size: 95, stroke: "var(--accent)", strokeWidth: 2, opacity: 1 },
      name: { color: "var(--ink)", fontSize: 12.5, align: "left", baseline: "middle", dx: 10, limit: 190 },
      victim: { size: 46, strokeWidth: 1.6, fillOpacity: 0.3, opacity: 0.85 },
      threshold: { color: "var(--ink)", strokeWidth: 1.2, strokeDash: [3, 3] },
      "threshold-name": { color: "var(--ink)", fontSize: 12, align: "left", baseline: "bottom", dx: 5, dy: -5 },
    },
  };
  const options = {
    mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, config,
    tooltip: { disableDefaultStyle: true },
  };

  // Moves the names of points to the first of eight places where they cover nothing.
  const place_names = (element) => {
    const svg = element.querySelector("svg");
    const names = [...element.querySelectorAll("g.mark-text.role-mark text")].filter((t) => t.textContent);
    const points = [...element.querySelectorAll("g.mark-symbol.role-mark path")];
    if (!svg || names.length !== points.length) return;
    const frame = svg.getBoundingClientRect();
    const inflated = ({ left, top, right, bottom }) => ({ left: left - 2, top: top - 2, right: right + 2, bottom: bottom + 2 });
    const taken = points.map((point) => point.getBoundingClientRect());
    for (const bar of element.querySelectorAll("g.mark-rule.role-mark line")) taken.push(inflated(bar.getBoundingClientRect()));
    for (const front of element.querySelectorAll("g.mark-line.role-mark path")) {  // a box for each bit of the line
      const matrix = front.getScreenCTM();
      for (let at = 0; at < front.getTotalLength(); at += 6) {
        const p = front.getPointAtLength(at).matrixTransform(matrix);
        taken.push(inflated({ left: p.x, top: p.y, right: p.x, bottom: p.y }));
      }
    }
    const overlap = (a, b) => Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
      Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
    names.forEach((name, i) => {
      const point = points[i].getBoundingClientRect();
      const now = name.getBoundingClientRect();
      const w = now.width, h = now.height, r = 5;
      const x = point.left + point.width / 2, y = point.top + point.height / 2;
      const side = point.width / 2 + r, above = point.height / 2 + r / 2;
      const places = [[x + side, y - h / 2], [x + side, y - above - h / 2], [x + side, y + above - h / 2], [x - side - w, y - h / 2],
        [x - side - w, y - above - h / 2], [x - side - w, y + above - h / 2], [x - w / 2, y - above - h - 2], [x - w / 2, y + above + 2]];
      let best = null;
      for (const [left, top] of places) {
        const box = { left, top, right: left + w, bottom: top + h };
        const outside = Math.max(0, frame.left - left) + Math.max(0, box.right - frame.right);
        const cost = outside * h + taken.reduce((sum, other) => sum + overlap(box, other), 0);
        if (!best || cost < best.cost - 0.5) best = { cost, box };
      }
      const [, tx, ty] = /translate\(([-\d.e]+)[ ,]+([-\d.e]+)\)/.exec(name.getAttribute("transform")) || [0, 0, 0];
      const scale = svg.viewBox.baseVal.width ? frame.width / svg.viewBox.baseVal.width : 1;
      name.setAttribute("transform", `translate(${+tx + (best.box.left - now.left) / scale},${+ty + (best.box.top - now.top) / scale})`);
      taken.push(best.box);
    });
  };

  const narrow = matchMedia("(max-width: 48rem)");
  const views = new Map();
  window.__assayChartsDrawn = 0;
  const draw = async (chart, choice) => {
    const element = document.getElementById(chart.element);
    const spec = JSON.parse(JSON.stringify(chart.choices[choice]));
    if (narrow.matches) {  // long names leave no room for a chart on a telephone
      for (const layer of spec.layer) if (layer.encoding.y?.axis?.labelLimit) layer.encoding.y.axis.labelLimit = 96;
    }
    views.get(element)?.finalize();
    element.classList.remove("drawn");
    const result = await vegaEmbed(element, spec, options);
    views.set(element, result);
    const settle = () => requestAnimationFrame(() => place_names(element));
    result.view.addSignalListener("width", settle);
    place_names(element);
    element.classList.add("drawn");
    window.__assayChartsDrawn = document.querySelectorAll(".chart.drawn").length;
  };
  const draw_all = () => Promise.all(charts.map((chart) => {
    const checked = document.querySelector(`input[data-chart="${chart.element}"]:checked`);
    return draw(chart, checked ? Number(checked.value) : 0);
  }));
  for (const input of document.querySelectorAll("input[data-chart]")) {
    input.addEventListener("change", () => draw(charts.find((chart) => chart.element === input.dataset.chart), Number(input.value)));
  }
  narrow.addEventListener("change", draw_all);
  draw_all();

  // ---- on paper everything is open ----
  let opened = [];
  const open_all = () => {
    if (opened.length > 0) return;
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const details of opened) details.open = true;
  };
  const close_again = () => {
    for (const details of opened) details.open = false;
    opened = [];
  };
  addEventListener("beforeprint", open_all);
  addEventListener("afterprint", close_again);
  matchMedia("print").addEventListener("change", (event) => (event.matches ? open_all() : close_again()));

  // ---- where the reader is ----
  const links = new Map([...document.querySelectorAll(".contents a")].map((a) => [a.hash.slice(1), a]));
  const seen = new Set();
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) entry.isIntersecting ? seen.add(entry.target.id) : seen.delete(entry.target.id);
    const current = [...links.keys()].find((id) => seen.has(id));
    for (const [id, link] of links) id === current ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current");
  }, { rootMargin: "-10% 0px -60% 0px" });
  for (const id of links.keys()) observer.observe(document.getElementById(id));
})();
