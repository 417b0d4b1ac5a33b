// Ways to spoil a report, each with the fault that browser_test.mjs must then find.

// The scripts of the page hold end tags too: the last one is the page's.
const before_end = (html, text) => {
  const end = html.lastIndexOf("</body>");
  return html.slice(0, end) + text + html.slice(end);
};
const styled = (html, css) => html.replace("</style>", () => `${css}</style>`);
const charts_edited = (html, edit) => html.replace(/(<script type="application\/json" id="charts">)(.*?)(<\/script>)/s, (all, open, text, close) => {
  const charts = JSON.parse(text);
  edit(charts);
  return open + JSON.stringify(charts).replaceAll("<", "\\u003c") + close;
});

export const mutations = {
  "an error in a script": { edit: (html) => before_end(html, "<script>throw new Error('spoilt')</script>"), expect: /page error.*spoilt/ },
  "an error on the console": { edit: (html) => before_end(html, "<script>console.error('spoilt')</script>"), expect: /console: spoilt/ },
  "a dialog": { edit: (html) => before_end(html, "<script>alert('spoilt')</script>"), expect: /a dialog opened/ },
  "a request": { edit: (html) => before_end(html, '<img alt="x" src="http://127.0.0.1:9/x.png">'), expect: /asked for http/ },
  "a chart without marks": { edit: (html) => charts_edited(html, (charts) => { charts[0].choices[0].layer = charts[0].choices[0].layer.slice(-1); }), expect: /has no marks/ },
  "a chart without its place": { edit: (html) => html.replace(/class="chart" id="[^"]+"/, 'class="gone"'), expect: /places for \d+ charts/ },
  "a chart that cannot be drawn": { edit: (html) => charts_edited(html, (charts) => { charts[0].choices[0].layer = 3; }), expect: /not drawn/ },
  "a colour that the page does not have": { edit: (html) => html.replaceAll("var(--accent)", "var(--gone)"), expect: /unknown colour/ },
  "a point without a row": { edit: (html) => charts_edited(html, (charts) => { charts[0].choices[0].data.values.pop(); }), expect: /points, its table/ },
  "a row without a point": { edit: (html) => html.replace(/(class="figure-data".*?<tbody role="rowgroup">\n)(<tr)/s, "$1<tr><td>x</td></tr>$2"), expect: /points, its table/ },
  "no dark colours": { edit: (html) => html.replaceAll("(prefers-color-scheme: dark)", "(prefers-color-scheme: gone)"), expect: /light and dark have the same ground/ },
  "a button that does nothing": { edit: (html) => html.replace('root.dataset.theme = isDark() ? "light" : "dark";', ""), expect: /does not change the colours/ },
  "pale text": { edit: (html) => styled(html, ".note { color: #c0c0c0 !important; }"), expect: /contrast 1/ },
  "pale text in charts": { edit: (html) => html.replace('labelColor: "var(--muted)"', 'labelColor: "#c8c8c8"'), expect: /contrast 1/ },
  "a picture without a text": { edit: (html) => html.replace(/<img ([^>]*)alt="[^"]*"/, "<img $1"), expect: /no name: img/ },
  "a chart without a name": { edit: (html) => html.replace(/role="img" aria-label="[^"]*"/, 'role="img"'), expect: /no name: div/ },
  "a table without a caption": { edit: (html) => html.replace(/<caption>.*?<\/caption>/s, ""), expect: /no name: table/ },
  "a heading out of order": { edit: (html) => html.replace("<h3>", "<h4>").replace("</h3>", "</h4>"), expect: /heading out of order/ },
  "a broken picture": { edit: (html) => html.replace(/src="data:image\/png;base64,[^"]*"/, 'src="data:image/png;base64,AAAA"'), expect: /pictures do not show/ },
  "something wide": { edit: (html) => before_end(html, '<div style="width: 500px">x</div>'), expect: /telephone: the page sticks out/ },
  "names that are not moved apart": { edit: (html) => html.replaceAll("place_names(element);", ""), expect: /overlaps another|is cut off/ },
  "something that the keyboard misses": { edit: (html) => html.replace("<summary>Every metric", '<summary tabindex="-1">Every metric'), expect: /keyboard does not reach <summary/ },
  "no way past the contents": { edit: (html) => html.replace('class="skip"', 'class="gone"'), expect: /first stop/ },
  "a section that is not printed": { edit: (html) => styled(html, "@media print { #costs { display: none; } }"), expect: /on paper section costs is missing/ },
  "details that stay closed on paper": { edit: (html) => html.replace("for (const details of opened) details.open = true;", ""), expect: /on paper \d+ details/ },
  "dark paper": { edit: (html) => html.replace("@media print {\n  :root:root:root {", "@media print {\n  :root:root:root { --ground: #000; } :root.gone {"), expect: /on paper the ground is/ },
};
