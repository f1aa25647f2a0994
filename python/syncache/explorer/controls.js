// The controls, made of the browser's own so that keyboards and screen readers work, and the state they set.

const SLIDER_STEPS = 120;  // of a price, over its decades
const PARTS = ["total", "inefficiency", "consolidation", "maintenance", "transient_change", "persistent", "uncached", "minimal"];
const BANDS = {interval: "95 % interval", se: "standard error", sd: "standard deviation", range: "least to greatest", none: "none"};
const signsOf = potentiationOnly => potentiationOnly ? "increases alone" : "both signs";
const HINTS = {
  maintenance_cost: "energy per unit of |transient weight| and presentation",
  transient_change_cost: "energy per unit of |change of a transient weight|",
  persistent_cost: "energy per unit of |persistent weight| and presentation",
};
const SUMS = {maintenance_cost: "maintenance_sum", transient_change_cost: "transient_change_sum", persistent_cost: "persistent_sum"};

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name in made && name !== "list") made[name] = value; else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// A labelled choice. options: [[value, text, disabled]].
function chooser(id, label, options, value, change) {
  const select = element("select", {id, onchange: () => change(select.value)}, ...options.map(([value, text, disabled]) =>
    element("option", {value: String(value), textContent: text, disabled: Boolean(disabled)})));
  select.value = String(value);
  return element("div", {className: "row"}, element("label", {htmlFor: id, textContent: label}), select);
}

function checkbox(id, label, checked, change) {
  const box = element("input", {type: "checkbox", id, checked, onchange: () => change(box.checked)});
  return element("div", {className: "check"}, box, element("label", {htmlFor: id, textContent: label}));
}

// A price: a slider over decades, its left end 0, and beside it a field for any number. Made once: a drag must not lose it.
function priceControl(name, value, decades, change) {
  const [low, high] = decades, step = (high - low) / (SLIDER_STEPS - 1);
  const costAt = place => place === 0 ? 0 : Number((10 ** (low + (place - 1) * step)).toPrecision(3));
  const placeOf = cost => cost > 0 ? Math.min(SLIDER_STEPS, Math.max(1, 1 + Math.round((Math.log10(cost) - low) / step))) : 0;
  const slider = element("input", {type: "range", id: `slider-${name}`, min: 0, max: SLIDER_STEPS, step: 1});
  const field = element("input", {type: "number", id: `field-${name}`, min: 0, step: "any", "aria-label": `${labelOf(name)}, as a number`});
  const say = cost => slider.setAttribute("aria-valuetext", textOf(cost));
  slider.value = placeOf(value);
  field.value = value;
  say(value);
  slider.oninput = () => { const cost = costAt(Number(slider.value)); field.value = cost; say(cost); change(cost); };
  field.oninput = () => {
    const cost = Number(field.value);
    const isGood = field.value !== "" && Number.isFinite(cost) && cost >= 0;
    field.setAttribute("aria-invalid", String(!isGood));
    if (isGood) { slider.value = placeOf(cost); say(cost); change(cost); }
  };
  const label = element("label", {htmlFor: slider.id, textContent: labelOf(name), title: HINTS[name]});
  return element("div", {className: "row wide pair", id: `price-${name}`}, label, slider, field);
}

// Decades of a cost that matter: where its term is a thousandth to a thousand times what consolidation costs.
function decadesOf(columns, sumName, own) {
  const sum = columns[sumName], consolidation = columns.consolidation[0];
  const ratios = [];
  for (let i = 0; i < description.n; i += Math.ceil(description.n / 2000)) {
    const ratio = sum ? consolidation[i] / sum[0][i] : NaN;
    if (ratio > 0 && Number.isFinite(ratio)) ratios.push(ratio);
  }
  ratios.sort((a, b) => a - b);
  const centre = ratios.length ? Math.log10(ratios[ratios.length >> 1]) : -2;
  const all = own.filter(cost => cost > 0).map(Math.log10);
  return [Math.floor(Math.min(centre - 3, ...all)), Math.ceil(Math.max(centre + 2, ...all))];
}

// What is drawn if nothing is chosen: the number with most values along x, the variant or the next axis in colours.
function defaultState(results) {
  const axes = results.axes.filter(one => !one.isPrice && one.name !== "seed");
  const size = one => one.values.length;
  const numbers = axes.filter(one => one.isNumber).sort((a, b) => size(b) - size(a));
  const x = numbers[0] ?? axes[0] ?? results.axes.find(one => one.name === "seed");
  const others = axes.filter(one => one !== x && size(one) <= MAX_CURVES);
  const colour = others.find(one => one.name === "variant") ?? others.find(one => !one.parts);
  const prices = Object.fromEntries(Object.entries(description.prices).map(([name, values]) => [name, numberOf(values[0])]));
  return {
    view: "outcomes", x: x?.name ?? "", y: "total", colour: colour?.name ?? "", facet: "", xlog: null, ylog: null, band: "interval", optimum: true,
    converged: results.columns.converged[0].includes(1), picturesLog: false, prices, fix: {}, curveX: "presentations", curveY: "accuracy",
  };
}

// The outcomes that y may be.
function outcomeNames(results) {
  const there = Object.keys(results.columns);
  const has = {persistent: there.includes("persistent_sum"), transient_change: there.includes("transient_change_sum")};
  const parts = PARTS.filter(name => has[name] ?? true);
  return [...parts, ...there.filter(name => name !== "trial" && !parts.includes(name))];
}

// Fills the controls that depend on what is chosen.
function showControls(shown, found) {
  const focused = document.activeElement?.id;
  for (const id of ["axes", "fixed", "look"]) byId(id).replaceChildren(byId(id).querySelector("legend"));
  byId("axes").append(...axisControls());
  byId("fixed").append(...found.chosen.choices.map(parameterControl));
  byId("fixed").hidden = byId("fixed").children.length < 2;
  byId("look").append(...lookControls());
  byId("prices").hidden = state.view === "pictures";
  for (const name of Object.keys(description.prices)) {  // a price that is an axis has no single value
    const isAxis = Object.values(shown).some(one => one?.name === name);
    for (const control of document.querySelectorAll(`#price-${name} input, select#${name}`)) control.disabled = isAxis;
  }
  if (focused) byId(focused)?.focus();
}

// Changes one part of the state.
const setter = (name, more = {}) => value => change({[name]: value, ...more});

function axisControls() {
  const isOutcomes = state.view === "outcomes", isPictures = state.view === "pictures";
  const there = results.axes.filter(one => isOutcomes || !one.isPrice);
  const axes = limit => there.map(one => [one.name, `${labelOf(one.name)} (${one.values.length})`, one.values.length > limit]);
  const named = list => list.map(name => [name, labelOf(name)]);
  const energies = ["total", "consolidation", "maintenance", "transient_change", "uncached", "minimal"];
  const along = isPictures ? [] : isOutcomes ? [
    chooser("x", "x", axes(Infinity), state.x, setter("x", {xlog: null})),
    chooser("y", "y", named(outcomeNames(results)), state.y, setter("y", {ylog: null})),
  ] : [
    chooser("curve-x", "x", named(["presentations", ...energies]), state.curveX, setter("curveX", {xlog: null})),
    chooser("curve-y", "y", named(["accuracy", ...energies]), state.curveY, setter("curveY", {ylog: null})),
  ];
  const limit = isPictures ? MAX_FACETS : MAX_CURVES;
  const colour = chooser("colour", isPictures ? "Pictures of" : "Colour", [["", "–"], ...axes(limit)], state.colour, setter("colour"));
  return isPictures ? [colour] : [
    ...along, colour,
    chooser("facet", "Panels", [["", "–"], ...axes(MAX_FACETS)], state.facet, setter("facet")),
    checkbox("xlog", "logarithmic x", state.shownXlog, setter("xlog")),
    checkbox("ylog", "logarithmic y", state.shownYlog, setter("ylog")),
  ];
}

function lookControls() {
  if (state.view === "pictures") return [checkbox("pictures-log", "logarithmic colours", state.picturesLog, setter("picturesLog"))];
  const band = chooser("band", "Bands", Object.entries(BANDS), state.band, setter("band"));
  return state.view === "curves" ? [band] : [
    band,
    checkbox("optimum", state.y === "accuracy" ? "mark the greatest" : "mark the least", state.optimum, setter("optimum")),
    checkbox("converged", "only trials that converged", state.converged, setter("converged")),
  ];
}

// Of a parameter that no axis shows: one of its values, or the mean over all.
function parameterControl({axis, there, follows, choice}) {
  const all = follows ? "varies along" : axis.name === "seed" ? `all ${there.size}` : `mean of all ${there.size}`;
  const values = [...there].sort((a, b) => a - b).slice(0, 500).map(place => [place, textOf(axis.values[place])]);
  return chooser(`fix-${axis.name}`, labelOf(axis.name), [["all", all], ...values], choice,
                 value => change({fix: {...state.fix, [axis.name]: value === "all" ? "all" : Number(value)}}));
}

// The sliders, and the choice of a price of changes.
function makePrices() {
  const box = byId("prices");
  box.replaceChildren(box.querySelector("legend"));
  for (const [name, sum] of Object.entries(SUMS)) {
    if (!results.columns[sum]) continue;
    const decades = decadesOf(results.columns, sum, [...description.prices[name].map(numberOf), state.prices[name]]);
    box.append(priceControl(name, state.prices[name], decades, cost => change({prices: {...state.prices, [name]: cost}}, true)));
  }
  for (const name of ["exponent", "potentiation_only"]) {
    const values = [...new Set(description.pricings.map(pricing => numberOf(pricing[name])))];
    if (values.length < 2) continue;
    const options = values.map((value, k) => [k, name === "exponent" ? textOf(value) : signsOf(value)]);
    box.append(chooser(name, name === "exponent" ? "exponent" : "changes", options, values.indexOf(state.prices[name]),
                       k => change({prices: {...state.prices, [name]: values[k]}})));
  }
}
