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
    aria: false,  // what stands around a chart has a name, and its data table the numbers
    axis: {
      labelColor: "var(--muted)", titleColor: "var(--ink)", gridColor: "var(--faint)", domainColor: "var(--line)",
      tickColor: "var(--line)", labelFontSize: 12, titleFontSize: 12.5, titleFontWeight: 500, titlePadding: 10, titleLimit: 600,
      labelPadding: 6,
    },
    style: {
      front: { color: "var(--accent)", strokeWidth: 1.5, strokeDash: [5, 4], opacity: 0.7 },
      interval: { color: "var(--accent)", strokeWidth: 2, opacity: 0.45 },
      system: { size: 95, stroke: "var(--accent)", strokeWidth: 2, opacity: 1 },
      name: { color: "var(--ink)", fontSize: 12.5, align: "center", baseline: "middle", limit: 170 },
      victim: { size: 46, strokeWidth: 1.6, fillOpacity: 0.3, opacity: 0.85 },
      threshold: { color: "var(--ink)", strokeWidth: 1.2, strokeDash: [3, 3] },
    },
  };
  const options = {
    mode: "vega-lite", renderer: "svg", actions: false, ast: true, defaultStyle: false, config,
    tooltip: { disableDefaultStyle: true },
  };

  // Moves the names of points to where they cover the least, inside the plot and not far from the point.
  const place_names = (element) => {
    const svg = element.querySelector("svg");
    const names = [...element.querySelectorAll("g.mark-text.role-mark text")].filter((t) => t.textContent);
    const points = [...element.querySelectorAll("g.mark-symbol.role-mark path")];
    const plot = element.querySelector(".mark-group.role-frame path.background")?.getBoundingClientRect();
    if (!plot || plot.width === 0 || names.length === 0 || names.length !== points.length) return;
    const right = Math.max(plot.right, svg.getBoundingClientRect().right - 2);
    // Boxes with their weight: names must not cover names or points, and cross bars and the front only if need be.
    const taken = points.map((point) => [point.getBoundingClientRect(), 4]);
    const thin = ({ left, top, right, bottom }) => taken.push([{ left: left - 2, top: top - 2, right: right + 2, bottom: bottom + 2 }, 1]);
    for (const bar of element.querySelectorAll("g.mark-rule.role-mark line")) thin(bar.getBoundingClientRect());
    for (const front of element.querySelectorAll("g.mark-line.role-mark path")) {  // a box for each bit of the line
      const matrix = front.getScreenCTM();
      for (let at = 0; at < front.getTotalLength(); at += 6) {
        const { x, y } = front.getPointAtLength(at).matrixTransform(matrix);
        thin({ left: x, top: y, right: x, bottom: y });
      }
    }
    const overlap = (a, b) => Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
      Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    names.forEach((name, i) => {
      const point = points[i].getBoundingClientRect();
      const now = name.getBoundingClientRect();
      const w = now.width, h = now.height, r = 5;
      const x = point.left + point.width / 2, y = point.top + point.height / 2;
      const side = point.width / 2 + r, above = point.height / 2 + r / 2;
      let best = null;
      for (const [dx, dy] of [[1, 0], [-1, 0], [1, 1], [1, -1], [-1, 1], [-1, -1], [1, 2], [1, -2], [-1, 2], [-1, -2], [1, 3], [-1, 3], [0, 1], [0, -1]]) {
        const left = dx > 0 ? x + side : dx < 0 ? x - side - w : x - w / 2;
        const top = y - h / 2 + dy * (dx === 0 ? above + h / 2 : h * 0.75 + r);
        const box = { left, top, right: left + w, bottom: top + h };
        const outside = Math.max(0, plot.left - left, box.right - right) * h + Math.max(0, plot.top - top, box.bottom - plot.bottom) * w;
        const cost = 8 * outside + Math.abs(dy) * h + taken.reduce((sum, [other, weight]) => sum + weight * overlap(box, other), 0);
        if (!best || cost < best.cost - 0.5) best = { cost, box };
      }
      const [, tx, ty] = /translate\(([-\d.e]+)[ ,]+([-\d.e]+)\)/.exec(name.getAttribute("transform")) || [0, 0, 0];
      name.setAttribute("transform", `translate(${+tx + (best.box.left - now.left) / scale},${+ty + (best.box.top - now.top) / scale})`);
      taken.push([best.box, 8]);
    });
  };

  const narrow = matchMedia("(max-width: 48rem)");
  const views = new Map();
  const count_drawn = () => { window.__assayChartsDrawn = document.querySelectorAll(".chart.drawn").length; };
  count_drawn();
  const draw = async (chart, choice) => {
    const element = document.getElementById(chart.element);
    const spec = JSON.parse(JSON.stringify(chart.choices[choice]));
    if (narrow.matches) {  // long names leave no room for a chart on a telephone
      for (const { mark, encoding } of spec.layer) {
        if (encoding.x?.axis) encoding.x.axis.titleLimit = 230;
        if (encoding.y?.axis?.labelLimit) encoding.y.axis.labelLimit = 96;
        if (mark.style === "name") mark.limit = 96;
      }
    }
    views.get(element)?.finalize();
    element.classList.remove("drawn");
    count_drawn();
    const result = await vegaEmbed(element, spec, options);
    views.set(element, result);
    result.view.addSignalListener("width", () => requestAnimationFrame(() => place_names(element)));
    place_names(element);
    element.classList.add("drawn");
    count_drawn();
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

  // ---- on paper everything is open, and charts are as wide as the page ----
  const paper_width_px = 640;
  let opened = null;
  const resize_charts = (width) => {
    for (const [element, { view }] of views) {
      view.signal("width", width(element)).run();
      place_names(element);
    }
  };
  const to_paper = () => {
    if (opened) return;
    opened = [...document.querySelectorAll("details:not([open], .screen-only)")];
    for (const details of opened) details.open = true;
    resize_charts(() => paper_width_px);
  };
  const to_screen = () => {
    if (!opened) return;
    for (const details of opened) details.open = false;
    opened = null;
    resize_charts((element) => element.clientWidth);
  };
  addEventListener("beforeprint", to_paper);
  addEventListener("afterprint", to_screen);
  matchMedia("print").addEventListener("change", (event) => (event.matches ? to_paper() : to_screen()));

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
