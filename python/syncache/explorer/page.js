// The page: draws the state, again at each change; keeps it in the address, so that a link or a reload has the same view.

const plot = byId("plot");
const VIEWS = {outcomes: "Outcomes", curves: "Learning curves", pictures: "Energy pictures"};
let results, checkpoints = null, state, drawn = null;

const axisNamed = name => results.axes.find(one => one.name === name) ?? null;
const isNarrow = () => plot.clientWidth < 560;

function shownAxes() {
  const shown = {
    x: state.view === "outcomes" ? axisNamed(state.x) : null,
    colour: axisNamed(state.colour),
    facet: state.view === "pictures" ? null : axisNamed(state.facet),
  };
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
  const found = isCurves ? learningCurves(results, checkpoints, shown, state) : outcomeCurves(results, shown, state);
  const all = name => found.curves.flatMap(curve => curve.points.map(point => point[name])), xs = all("x"), ys = all("mean");
  const xIsNumber = isCurves || !shown.x || shown.x.isNumber;
  state.shownXlog = state.xlog ?? (xIsNumber && !isCurves && isWide(xs));
  state.shownYlog = state.ylog ?? (isWide(ys) && !(isCurves && state.curveY === "accuracy"));
  const xName = isCurves ? state.curveX : shown.x?.name ?? "", yName = isCurves ? state.curveY : state.y;
  const figure = figureOf(found, shown, state, {
    xLabel: shown.x ? axisLabel(shown.x) : labelOf(xName), xName: labelOf(xName), yName: labelOf(yName),
    xIsNumber, xlog: state.shownXlog && xIsNumber, ylog: state.shownYlog, narrow: isNarrow()});
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
}

// However fast a slider moves, one drawing comes after the other, of the latest state.
let isDrawing = false, isWanted = false, wantsControls = false;
function askForDrawing(keepControls) {
  isWanted = true;
  wantsControls ||= !keepControls;
  if (!isDrawing) drawWhatIsWanted().catch(complain).finally(() => { isDrawing = false; });
}

async function drawWhatIsWanted() {
  isDrawing = true;
  while (isWanted) {
    await new Promise(requestAnimationFrame);
    const withControls = wantsControls;
    isWanted = wantsControls = false;
    await draw();
    if (withControls) showControls(drawn.shown, drawn.found);
    plot.dataset.drawings = String(Number(plot.dataset.drawings ?? 0) + 1);
  }
}

const complain = error => warn(`This page cannot show that: ${error.message}`);

function change(what, keepControls = false) {
  state = {...state, ...what};
  if (what.view) startView();
  storeState();
  askForDrawing(keepControls);
}

// Curves and pictures have no parameter along x, so that it goes to the colours where these are free; parameters that vary
// together go there together.
function startView() {
  const isFew = one => (one?.values.length ?? 0) <= MAX_CURVES;
  if (state.view !== "outcomes") {
    if (!axisNamed(state.colour) && isFew(axisNamed(state.x))) state.colour = state.x;
    const together = results.axes.find(one => one.parts?.includes(state.colour) || one.parts?.includes(state.facet));
    if (together && isFew(together)) Object.assign(state, {colour: together.name, facet: ""});
  }
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
    const isLike = (value, other) => other === null || value === null || typeof value === typeof other;
    const known = Object.fromEntries(Object.entries(given).filter(([name, value]) => name in fallback && isLike(value, fallback[name])));
    const merged = {...fallback, ...known, prices: {...fallback.prices, ...known.prices}};
    const areAxes = [merged.x, merged.colour, merged.facet].every(name => !name || axisNamed(name));
    return areAxes && views().includes(merged.view) && outcomeNames(results).includes(merged.y) ? merged : fallback;
  } catch { return fallback; }
}

const views = () => ["outcomes", ...(description.checkpoints ? ["curves"] : []), ...(description.picture ? ["pictures"] : [])];

function makeViews() {
  const nav = byId("views"), list = views();
  for (const view of list) {
    const tab = {type: "button", role: "tab", textContent: VIEWS[view], "data-view": view, onclick: () => change({view})};
    nav.append(element("button", tab));
  }
  nav.onkeydown = event => {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step) return;
    const next = list[(list.indexOf(state.view) + step + list.length) % list.length];
    change({view: next});
    nav.querySelector(`[data-view="${next}"]`).focus();
  };
}

function listen() {
  for (const button of document.querySelectorAll("#downloads [data-form]")) {
    button.onclick = () => download(button.dataset.form).catch(complain);
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.onclick = async () => {
      const text = document.getElementById(button.dataset.copy);
      try { await navigator.clipboard.writeText(text.textContent); button.textContent = "Copied"; }
      catch { getSelection().selectAllChildren(text); }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    };
  }
  byId("reset").onclick = () => { change({...defaultState(results), view: state.view}); makePrices(); };
  byId("controls").onsubmit = event => event.preventDefault();
  byId("numbers").ontoggle = showNumbers;
  let wasNarrow = isNarrow();
  addEventListener("resize", () => { if (isNarrow() !== wasNarrow) { wasNarrow = isNarrow(); askForDrawing(true); } });
  addEventListener("beforeprint", () => {  // a page of A4 or Letter holds it, and what stands below
    const height = Math.min(plot.clientHeight * 0.8, 700);
    plot.style.height = `${height}px`;
    Plotly.relayout(plot, {width: 680, height});
  });
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
