// Names, colours, and where values stand on axes.

// Okabe & Ito's colours, told apart by colour-blind readers too; symbols and dashes tell curves apart without colour.
const PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];
const VARIANTS = {"none": "#D55E00", "local-local": "#009E73", "local-global": "#0072B2", "global-global": "#CC79A7", "local-neuron": "#56B4E9"};
const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x"];
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash"];
const VIRIDIS = [[68, 1, 84], [65, 68, 135], [42, 120, 142], [34, 168, 132], [122, 209, 81]];

const LABELS = {
  total: "total energy", inefficiency: "inefficiency (total / minimal)", consolidation: "consolidation energy", maintenance: "maintenance energy",
  transient_change: "energy of transient changes", persistent: "energy of persistent weights", uncached: "energy without caching",
  minimal: "energy of the final weights", converged: "share that converged", maintenance_sum: "maintenance sum (before its price)",
};
const labelOf = name => LABELS[name] ?? name.replaceAll("_", " ");
const axisLabel = one => labelOf(one.name) + (one.unit ? ` [${one.unit}]` : "");

// What a results file holds may not become markup.
const plain = text => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");

function colourOf(one, place) {
  if (!one) return PALETTE[0];
  const n = one.values.length;
  if (one.name === "variant" && VARIANTS[one.values[place]]) return VARIANTS[one.values[place]];
  if (!one.isNumber || n <= 5) return PALETTE[place % PALETTE.length];
  const along = place / (n - 1) * (VIRIDIS.length - 1), k = Math.min(Math.floor(along), VIRIDIS.length - 2);
  return `rgb(${VIRIDIS[k].map((from, c) => Math.round(from + (VIRIDIS[k + 1][c] - from) * (along - k))).join(", ")})`;
}
const pale = colour => colour.startsWith("#")
  ? `rgba(${[1, 3, 5].map(k => parseInt(colour.slice(k, k + 2), 16)).join(", ")}, 0.18)`
  : colour.replace("rgb(", "rgba(").replace(")", ", 0.18)");

// Where values stand on an axis: texts one after the other; 0 on a logarithmic axis, and infinity, beside the others.
function scaleOf(values, isNumber, log) {
  const texts = values.filter(value => typeof value !== "number");
  if (!isNumber || texts.length) {
    const list = [...new Set(values)], ticktext = list.map(value => plain(textOf(value)));
    return {at: value => list.indexOf(value), axis: {type: "linear", tickvals: [...list.keys()], ticktext, range: [-0.5, list.length - 0.5]}};
  }
  const regular = values.filter(value => Number.isFinite(value) && (!log || value > 0));
  const special = [...new Set(values)].filter(value => value === Infinity || value === -Infinity || (log && value === 0));
  const low = Math.min(...regular), high = Math.max(...regular);
  const type = log ? "log" : "linear";
  if (!special.length || !regular.length) return {at: value => value, axis: {type}};
  const gap = log ? Math.max(1.6, (high / low) ** 0.1) : (high - low || Math.abs(high) || 1) * 0.1;
  const places = new Map([[Infinity, log ? high * gap : high + gap], [-Infinity, low - gap], ...(log ? [[0, low / gap]] : [])]);
  const at = value => places.get(value) ?? value;
  const ticks = log ? logTicks(low, high) : linearTicks(low, high);
  return {at, axis: {type, tickvals: [...ticks, ...special.map(at)], ticktext: [...ticks, ...special].map(value => textOf(value))}};
}

function logTicks(low, high) {
  const ticks = [], decades = Math.log10(high / low), steps = decades < 2 ? [1, 2, 5] : [1];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += Math.max(1, Math.ceil(decades / 8))) {
    for (const step of steps) {
      const tick = Number((step * 10 ** power).toPrecision(3));
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  }
  return ticks.length ? ticks : [low];
}

function linearTicks(low, high) {
  const rough = (high - low || 1) / 6, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= rough), ticks = [];
  for (let tick = Math.ceil(low / step) * step; tick <= high * (1 + 1e-9) + 1e-12; tick += step) ticks.push(Number(tick.toPrecision(10)));
  return ticks;
}

// Whether numbers are better seen on a logarithmic axis: they span more than a decade, and are positive, or 0 or infinite
// beside such.
function isWide(values) {
  const positive = values.filter(value => value > 0 && Number.isFinite(value));
  return positive.length > 2 && !values.some(value => value < 0) && Math.max(...positive) / Math.min(...positive) > 12;
}

// Of a logarithmic y axis, from what is positive: [low, high] as powers of ten.
function logRange(curves) {
  const of = name => curves.flatMap(curve => curve.points.map(point => point[name])).filter(value => value > 0 && Number.isFinite(value));
  const means = of("mean");
  if (!means.length) return null;
  const low = Math.max(Math.min(...means, ...of("low")), Math.min(...means) / 5), high = Math.max(...means, ...of("high"));
  const pad = 0.05 * Math.log10(high / low) || 0.1;
  return [Math.log10(low) - pad, Math.log10(high) + pad];
}
