// The page: draws the state, again at each change; keeps it in the address, so that a link or a reload has the same view.

const plot = document.getElementById("plot");
const VIEWS = {outcomes: "Outcomes", curves: "Learning curves", pictures: "Energy pictures"};
let results, checkpoints = null, state, drawn = null, isAsked = false;

const axisNamed = name => results.axes.find(one => one.name === name) ?? null;
const isNarrow = () => plot.clientWidth < 560;

function shownAxes() {
  const shown = {x: state.view === "outcomes" ? axisNamed(state.x) : null, colour: axisNamed(state.colour), facet: state.view === "pictures" ? null : axisNamed(state.facet)};
  if (shown.colour && shown.colour === shown.x) shown.colour = null;
  if (shown.facet && (shown.facet === shown.x || shown.facet === shown.colour)) shown.facet = null;
  if (state.view !== "outcomes") {
    for (const role of ["colour", "facet"]) if (shown[role]?.isPrice) shown[role] = null;
  }
  return shown;
}

// What the state asks for, computed: {found, figure, shown}.
async function compute() {
  const shown = shownAxes();
  if (state.view === "pictures") {
    const found = await meanPictures(results, shown, state);
    return {shown, found, figure: pictureFigure(found, shown, {narrow: isNarrow(), log: state.picturesLog})};
  }
  if (state.view === "curves") checkpoints ??= await readCheckpoints();
  const isCurves = state.view === "curves";
  const found = isCurves ? learningCurves(results, checkpoints, shown, state, state.band) : outcomeCurves(results, shown, state, state.band);
  const xs = found.curves.flatMap(curve => curve.points.map(point => point.x)), ys = found.curves.flatMap(curve => curve.points.map(point => point.mean));
  const xIsNumber = isCurves || !shown.x || shown.x.isNumber;
  state.shownXlog = state.xlog ?? (xIsNumber && !isCurves && isWide(xs));
  state.shownYlog = state.ylog ?? (isWide(ys) && !(isCurves && state.curveY === "accuracy"));
  const xName = isCurves ? state.curveX : shown.x?.name ?? "", yName = isCurves ? state.curveY : state.y;
  const figure = figureOf(found, shown, state, {
    xLabel: isCurves ? labelOf(state.curveX) : shown.x ? axisLabel(shown.x) : "", yLabel: labelOf(yName), xName: labelOf(xName), yName: labelOf(yName), xIsNumber,
    xlog: state.shownXlog && xIsNumber, ylog: state.shownYlog, narrow: isNarrow()});
  return {shown, found, figure, xName, yName};
}

const CONFIG = {responsive: true, displaylogo: false, modeBarButtonsToRemove: ["toImage", "select2d", "lasso2d", "autoScale2d"]};

async function draw() {
  const begin = performance.now();
  drawn = await compute();
  plot.style.height = `${drawn.figure.layout.height}px`;
  await Plotly.react(plot, drawn.figure.data, drawn.figure.layout, CONFIG);
  showTexts();
  plot.dataset.milliseconds = String(performance.now() - begin);
  plot.dataset.drawings = String(Number(plot.dataset.drawings ?? 0) + 1);
}

// Draws once a frame, however fast a slider moves; one drawing after the other.
let drawing = Promise.resolve();
function askForDrawing(keepControls) {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    drawing = drawing.then(draw).then(() => {
      if (!keepControls) showControls(results, state, drawn.shown, drawn.found, change);
      showPrices(drawn.shown);
    }).catch(complain);
  });
}

function complain(error) {
  const warning = document.getElementById("warning");
  warning.textContent = `This page cannot show that: ${error.message}`;
  warning.hidden = false;
}

function change(what, keepControls = false) {
  state = {...state, ...what};
  if (what.view) startView();
  storeState();
  askForDrawing(keepControls);
}

// Curves and pictures have no parameter along x, so that it goes to the colours where these are free; parameters that vary
// together go there together.
function startView() {
  if (state.view !== "outcomes" && !axisNamed(state.colour) && (axisNamed(state.x)?.values.length ?? 0) <= MAX_CURVES) state.colour = state.x;
  const together = results.axes.find(one => one.parts && (one.parts.includes(state.colour) || one.parts.includes(state.facet)));
  if (state.view !== "outcomes" && together && together.values.length <= MAX_CURVES) Object.assign(state, {colour: together.name, facet: ""});
  state.xlog = state.ylog = null;
  for (const tab of document.querySelectorAll("nav button")) {
    const isChosen = tab.dataset.view === state.view;
    tab.setAttribute("aria-selected", String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
  }
}

function storeState() {
  const {shownXlog, shownYlog, ...kept} = state;
  try { history.replaceState(null, "", `#${encodeURIComponent(JSON.stringify(kept))}`); } catch { /* in a notebook's frame */ }
}

// A state from the address, as far as these results have what it names.
function storedState(fallback) {
  try {
    const given = JSON.parse(decodeURIComponent(location.hash.slice(1)));
    const known = Object.fromEntries(Object.entries(given).filter(([name, value]) =>
      name in fallback && (fallback[name] === null || value === null || typeof value === typeof fallback[name])));
    const merged = {...fallback, ...known, prices: {...fallback.prices, ...known.prices}};
    const isThere = views().includes(merged.view) && outcomeNames(results).includes(merged.y) && [merged.x, merged.colour, merged.facet].every(name => !name || axisNamed(name));
    return isThere ? merged : fallback;
  } catch { return fallback; }
}

const views = () => ["outcomes", ...(description.checkpoints ? ["curves"] : []), ...(description.picture ? ["pictures"] : [])];

function makeViews() {
  const nav = document.getElementById("views"), list = views();
  for (const view of list) {
    nav.append(element("button", {type: "button", role: "tab", textContent: VIEWS[view], "data-view": view, onclick: () => change({view})}));
  }
  nav.onkeydown = event => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step) return;
    const next = list[(list.indexOf(state.view) + step + list.length) % list.length];
    change({view: next});
    nav.querySelector(`[data-view="${next}"]`).focus();
  };
}

function showTexts() {
  const {found, shown} = drawn, points = (found.curves ?? []).reduce((sum, curve) => sum + curve.points.length, 0);
  const count = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;
  const parts = found.panels ? [`${count(found.panels.length, "picture")}, means of ${count(found.n, "trial")}`]
    : [`${count(points, "mean")} of ${count(found.n, "trial")}${found.chosen.free.length ? ` over ${found.chosen.free.map(one => labelOf(one.name)).join(", ")}` : ""}`];
  if (found.left) parts.push(`${count(found.left, "trial")} that did not converge left out`);
  if (found.binned) parts.push(`${shown.x.values.length} values of ${labelOf(shown.x.name)} in bins of neighbours`);
  if (state.view === "curves") parts.push("energies of exponent 1 and both signs; curves end where less than half of their trials go on");
  const bests = (found.curves ?? []).map(curve => curve.best).filter(Boolean);
  if (bests.length) {
    const sign = state.y === "accuracy" ? -1 : 1, best = bests.reduce((a, b) => sign * b.mean < sign * a.mean ? b : a);
    parts.push(`${sign < 0 ? "greatest" : "least"} ${labelOf(state.y)} ${textOf(best.mean, 5)} at ${labelOf(state.x)} ${textOf(best.x, 5)}`);
  }
  document.getElementById("status").textContent = parts.join(" · ");
  plot.setAttribute("aria-label", parts.join("; "));
  const prices = Object.entries(state.prices).filter(([name, value]) => (value || document.getElementById(`price-${name}`)) && !Object.values(shown).some(one => one?.name === name))
    .map(([name, value]) => `${labelOf(name)} ${name === "potentiation_only" ? signsOf(value) : textOf(value)}`);
  const fixed = found.chosen.choices.filter(({choice, there}) => choice !== "all" && there.size > 1).map(({axis, choice}) => `${labelOf(axis.name)} ${textOf(axis.values[choice])}`);
  document.getElementById("settings").textContent = [...fixed, ...(state.view === "pictures" ? [] : prices), ...(state.view !== "pictures" && state.band !== "none" ? [`bands: ${BANDS[state.band]}`] : [])].join(" · ");
  document.getElementById("export").textContent = exportCommand();
  const table = document.querySelector("#numbers table");
  if (document.getElementById("numbers").open) showNumbers(table);
}

function showNumbers(table) {
  const [head, ...rows] = tableDrawn(), row = (tag, cells) => element("tr", {}, ...cells.map(cell => element(tag, {textContent: typeof cell === "number" ? textOf(cell, 6) : cell})));
  table.replaceChildren(element("thead", {}, row("th", head)), element("tbody", {}, ...rows.slice(0, 1000).map(cells => row("td", cells))));
}

// What is drawn, as rows with a head.
function tableDrawn() {
  const {found, shown, xName, yName} = drawn;
  if (found.panels) {
    const columns = description.picture[1];
    return [[shown.colour?.name ?? "picture", "row", "column", "energy"],
            ...found.panels.flatMap(panel => Array.from(panel.values, (value, k) => [shown.colour ? shown.colour.values[panel.colour] : "all", Math.floor(k / columns), k % columns, value]))];
  }
  const outer = [["facet", shown.facet], ["colour", shown.colour]].filter(([, one]) => one);
  const rows = found.curves.flatMap(curve => curve.points.map(point =>
    [...outer.map(([role, one]) => one.values[curve[role]]), point.x, point.mean, point.se, point.low, point.high, point.n]));
  return [[...outer.map(([, one]) => one.name), xName || "all", yName, `${yName}_se`, `${yName}_low`, `${yName}_high`, "trials"], ...rows];
}

const csvCell = cell => typeof cell === "number" ? (Number.isNaN(cell) ? "" : cell === Infinity ? "inf" : cell === -Infinity ? "-inf" : String(cell))
  : /[",\n]/.test(cell) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell);
const csvDrawn = () => tableDrawn().map(row => row.map(csvCell).join(",")).join("\n") + "\n";

// The command of the program that gives the numbers drawn, or those that their means are over.
const quoted = text => /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
const sqlValue = value => value === Infinity ? "9e999" : value === -Infinity ? "-9e999" : typeof value === "number" ? String(value)
  : typeof value === "boolean" ? String(Number(value)) : `'${value.replaceAll("'", "''")}'`;

function exportCommand() {
  const {found, shown} = drawn, words = ["syncache", "export", description.file];
  if (state.view === "pictures") return [...words, "--weights", "weights"].map(quoted).join(" ");
  const conditions = [...(description.where ? [`(${description.where})`] : [])];
  for (const {axis, there, choice} of found.chosen.choices) {
    if (choice !== "all" && there.size > 1) conditions.push(`${axis.name} = ${sqlValue(axis.values[choice])}`);
  }
  const onSeeds = found.chosen.free.length === 1 && found.chosen.free[0].name === "seed" && state.view === "outcomes";
  const columns = [shown.facet, shown.colour, shown.x, ...(onSeeds ? [] : found.chosen.free)].filter(Boolean).flatMap(one => one.parts ?? one.name);
  if (state.view === "curves") words.push("--table", "checkpoints");
  else if (state.converged && state.y !== "converged") conditions.push("converged");
  const outcomes = state.view === "curves" ? ["trial", "presentations", state.curveX, state.curveY] : onSeeds ? [state.y, `${state.y}_se`, "trials"] : [state.y];
  words.push("--columns", [...new Set([...columns, ...outcomes])].join(","));
  if (onSeeds) words.push("--mean", "seed");
  if (conditions.length) words.push("--where", conditions.join(" AND "));
  for (const [name, values] of Object.entries(description.prices)) {
    const isShown = Object.values(shown).some(one => one?.name === name), value = state.view === "curves" && name === "exponent" ? 1 : state.view === "curves" && name === "potentiation_only" ? false : state.prices[name];
    if (!isShown && (values.length > 1 || numberOf(values[0]) !== value)) words.push("--price", `${name}=${value}`);
    if (isShown) words.push("--price", `${name}=[${values.join(",")}]`);
  }
  return words.map(quoted).join(" ");
}

function save(name, blob) {
  const address = URL.createObjectURL(blob), link = element("a", {href: address, download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

async function download(form) {
  const what = state.view === "pictures" ? "energy-pictures" : `${drawn.yName}-${drawn.xName || "all"}`;
  const name = `${description.file.replace(/\.[^.]*$/, "")}-${what}.${form}`;
  if (form === "csv") return save(name, new Blob([csvDrawn()], {type: "text/csv"}));
  const width = isNarrow() ? 700 : Math.max(700, plot.clientWidth), height = plot.clientHeight;
  const address = await Plotly.toImage(plot, {format: form, width, height, scale: form === "png" ? 3 : 1});
  const [head, body] = [address.slice(0, address.indexOf(",")), address.slice(address.indexOf(",") + 1)];
  const bytes = head.endsWith("base64") ? Uint8Array.from(atob(body), letter => letter.charCodeAt(0)) : new TextEncoder().encode(decodeURIComponent(body));
  save(name, new Blob([bytes], {type: form === "png" ? "image/png" : "image/svg+xml"}));
}

function showFacts() {
  document.getElementById("title").textContent = description.title;
  document.getElementById("subtitle").textContent = `${description.n} trials · ${description.model} · ${description.file}${description.where ? ` · where ${description.where}` : ""}`;
  document.getElementById("command").textContent = description.command;
  if (description.missing) {
    const warning = document.getElementById("warning");
    warning.textContent = `${description.missing} of ${description.planned} trials of the experiment are missing: what is shown is of the others.`;
    warning.hidden = false;
  }
  const facts = document.getElementById("facts"), add = (name, text) => facts.append(element("dt", {textContent: name}), element("dd", {textContent: text}));
  for (const run of description.runs) add("run", `${run.started} · commit ${run.commit} · ${run.build} · ${run.backend}, ${run.device}`);
  add("the same in all trials", Object.entries(description.constants).filter(([, value]) => value !== "").map(([name, value]) => `${name} = ${textOf(numberOf(value))}`).join(", "));
  add("page", `syncache ${description.version}`);
}

function listen() {
  for (const button of document.querySelectorAll("#downloads [data-form]")) button.onclick = () => download(button.dataset.form).catch(complain);
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.onclick = async () => {
      const text = document.getElementById(button.dataset.copy);
      try { await navigator.clipboard.writeText(text.textContent); button.textContent = "Copied"; }
      catch { getSelection().selectAllChildren(text); }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    };
  }
  document.getElementById("reset").onclick = () => { change({...defaultState(results), view: state.view}); makePrices(); };
  document.getElementById("controls").onsubmit = event => event.preventDefault();
  document.getElementById("numbers").ontoggle = () => showNumbers(document.querySelector("#numbers table"));
  let wasNarrow = isNarrow();
  addEventListener("resize", () => { if (isNarrow() !== wasNarrow) { wasNarrow = isNarrow(); askForDrawing(true); } });
  addEventListener("beforeprint", () => Plotly.relayout(plot, {width: 680, height: Math.min(plot.clientHeight, 860)}));
  addEventListener("afterprint", () => askForDrawing(true));
}

async function start() {
  showFacts();
  results = await readOutcomes();
  state = storedState(defaultState(results));
  makeViews();
  startViewTabs();
  makePrices();
  listen();
  askForDrawing(false);
}

function startViewTabs() {
  const {xlog, ylog} = state;
  startView();
  Object.assign(state, {xlog, ylog});
}

start().catch(complain);
