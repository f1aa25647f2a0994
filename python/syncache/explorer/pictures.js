// Plotly's traces and layouts of what was computed.

// Okabe & Ito's colours, told apart by colour-blind readers too; symbols tell curves apart without colour.
const PALETTE = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"];
const VARIANTS = {"none": "#D55E00", "local-local": "#009E73", "local-global": "#0072B2", "global-global": "#CC79A7", "local-neuron": "#56B4E9"};
const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x"];
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
    const list = [...new Set(values)];
    return {at: value => list.indexOf(value), axis: {type: "linear", tickvals: list.map((value, k) => k), ticktext: list.map(value => plain(textOf(value))),
                                                     range: [-0.5, list.length - 0.5]}};
  }
  const regular = values.filter(value => Number.isFinite(value) && (!log || value > 0));
  const special = [...new Set(values)].filter(value => value === Infinity || value === -Infinity || (log && value === 0));
  const low = Math.min(...regular), high = Math.max(...regular);
  if (!special.length || !regular.length) return {at: value => value, axis: {type: log ? "log" : "linear"}};
  const gap = log ? Math.max(1.6, (high / low) ** 0.1) : (high - low || Math.abs(high) || 1) * 0.1;
  const at = value => value === Infinity ? (log ? high * gap : high + gap) : value === -Infinity ? low - gap : log && value === 0 ? low / gap : value;
  const ticks = log ? logTicks(low, high) : linearTicks(low, high);
  return {at, axis: {type: log ? "log" : "linear", tickvals: [...ticks, ...special.map(at)], ticktext: [...ticks, ...special].map(value => textOf(value))}};
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

// {data, layout} of curves; labels: {x, y, title of each curve and facet}.
function figureOf(found, shown, state, options) {
  const {xLabel, yLabel, xIsNumber, xlog, ylog, narrow} = options;
  const scale = scaleOf([...new Set(found.curves.flatMap(curve => curve.points.map(point => point.x)))], xIsNumber, xlog);
  const facets = [...new Set(found.curves.map(curve => curve.facet))];
  const range = ylog ? logRange(found.curves) : null, data = [], named = new Set();
  for (const curve of found.curves) {
    const colour = colourOf(shown.colour, curve.colour), name = shown.colour ? plain(textOf(shown.colour.values[curve.colour])) : "";
    const axis = facets.indexOf(curve.facet) + 1, axes = {xaxis: axis > 1 ? `x${axis}` : "x", yaxis: axis > 1 ? `y${axis}` : "y"};
    const common = {...axes, legendgroup: String(curve.colour), name};
    const x = curve.points.map(point => scale.at(point.x));
    const banded = curve.points.filter(point => Number.isFinite(point.low) && Number.isFinite(point.high));
    if (xIsNumber && banded.length > 1) {
      const low = point => range && !(point.low > 0) ? 10 ** (range[0] - 1) : point.low;
      data.push({...common, type: "scatter", mode: "lines", fill: "toself", fillcolor: pale(colour), line: {width: 0}, hoverinfo: "skip", showlegend: false,
                 x: [...banded, ...banded.slice().reverse()].map(point => scale.at(point.x)),
                 y: [...banded.map(point => point.high), ...banded.slice().reverse().map(low)]});
    }
    data.push({...common, type: "scatter", mode: xIsNumber ? (curve.points.length > 60 ? "lines" : "lines+markers") : "markers",
               x, y: curve.points.map(point => point.mean), showlegend: Boolean(shown.colour) && !named.has(curve.colour),
               line: {color: colour, width: 2}, marker: {color: colour, size: xIsNumber ? 7 : 10, symbol: SYMBOLS[curve.colour % SYMBOLS.length]},
               ...(xIsNumber ? {} : {error_y: {type: "data", symmetric: false, color: colour,
                                               array: curve.points.map(point => point.high - point.mean), arrayminus: curve.points.map(point => point.mean - point.low)}}),
               text: curve.points.map(point => hoverText(point, options)), hovertemplate: `%{text}<extra>${name}</extra>`});
    named.add(curve.colour);
    if (curve.best) {
      data.push({...common, type: "scatter", mode: "markers", showlegend: false, x: [scale.at(curve.best.x)], y: [curve.best.mean],
                 marker: {symbol: "star", size: 17, color: "#F0E442", line: {color: "#000", width: 1.3}},
                 hovertemplate: `${state.y === "accuracy" ? "greatest" : "least"} at ${textOf(curve.best.x, 6)}<br>${textOf(curve.best.mean, 6)}` +
                   `${curve.common ? `<br>compared on ${curve.common} common seeds` : ""}<extra>${name}</extra>`});
    }
  }
  return {data, layout: layoutOf(facets, scale, shown, {...options, xLabel, yLabel, ylog, range, narrow})};
}

function hoverText(point, {xName, yName}) {
  const band = Number.isFinite(point.low) ? `<br>${textOf(point.low, 5)} to ${textOf(point.high, 5)}` : "";
  return `${xName} ${plain(textOf(point.x, 6))}<br>${yName} ${textOf(point.mean, 6)}${band}<br>${point.n} of ${point.all} trials`;
}

// Of a logarithmic y axis, from what is positive.
function logRange(curves) {
  const values = curves.flatMap(curve => curve.points.flatMap(point => [point.mean, point.low, point.high])).filter(value => value > 0 && Number.isFinite(value));
  const means = curves.flatMap(curve => curve.points.map(point => point.mean)).filter(value => value > 0);
  if (!values.length) return null;
  const low = Math.max(Math.min(...values), Math.min(...means) / 5), high = Math.max(...values), pad = 0.05 * Math.log10(high / low) || 0.1;
  return [Math.log10(low) - pad, Math.log10(high) + pad];
}

const FONT = {family: "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif", size: 14, color: "#1b1f24"};

function layoutOf(facets, scale, shown, {xLabel, yLabel, ylog, range, narrow}) {
  const n = facets.length, columns = narrow ? 1 : Math.min(n, n > 4 ? 4 : n > 2 && n !== 4 ? 3 : 2), rows = Math.ceil(n / columns);
  const height = rows === 1 ? (narrow ? 400 : 540) : rows * (narrow ? 270 : 300) + 80;
  const layout = {height, font: FONT, paper_bgcolor: "#fff", plot_bgcolor: "#fff", hovermode: "closest", dragmode: narrow ? false : "zoom",
                  margin: {l: narrow ? 60 : 80, r: 16, t: n > 1 ? 34 : 16, b: narrow && shown.colour ? 90 + 22 * Math.ceil(shown.colour.values.length / 3) : 60}, annotations: [], showlegend: Boolean(shown.colour)};
  const gapX = columns > 1 ? 0.05 : 0, gapY = rows > 1 ? (narrow ? 80 : 66) / height : 0;
  const width = (1 - gapX * (columns - 1)) / columns, tall = (1 - gapY * (rows - 1)) / rows;
  const line = {showline: true, linecolor: "#5a6472", gridcolor: "#e8ebef", zeroline: false, ticks: "outside", tickcolor: "#5a6472", automargin: true};
  facets.forEach((facet, k) => {
    const suffix = k ? String(k + 1) : "", column = k % columns, row = Math.floor(k / columns);
    const left = column * (width + gapX), top = 1 - row * (tall + gapY), isBottom = k + columns >= n;
    layout[`xaxis${suffix}`] = {...line, ...scale.axis, domain: [left, left + width], anchor: `y${suffix}`, ...(k ? {matches: "x"} : {}),
                                title: isBottom ? {text: plain(xLabel), standoff: 8} : undefined, ...(scale.axis.type === "log" && !scale.axis.tickvals ? {dtick: "D2"} : {})};
    if (layout[`xaxis${suffix}`].dtick && (narrow || n > 1)) layout[`xaxis${suffix}`].dtick = 1;
    layout[`yaxis${suffix}`] = {...line, domain: [Math.max(0, top - tall), top], anchor: `x${suffix}`, type: ylog ? "log" : "linear", ...(range ? {range} : {}),
                                exponentformat: "power", minexponent: 5, ...(range ? {dtick: range[1] - range[0] < 2 ? "D2" : Math.ceil((range[1] - range[0]) / 8)} : {}), ...(k ? {matches: "y"} : {}), ...(column ? {showticklabels: false} : {title: {text: plain(yLabel), standoff: 10}})};
    if (n > 1) {
      layout.annotations.push({text: `${plain(labelOf(shown.facet.name))} ${plain(textOf(shown.facet.values[facet], 6))}`, showarrow: false,
                               xref: "paper", yref: "paper", x: left + width / 2, y: top, xanchor: "center", yanchor: "bottom", font: {...FONT, size: 13}});
    }
  });
  layout.legend = {title: {text: shown.colour ? plain(axisLabel(shown.colour)) : ""}, ...(narrow ? {orientation: "h", yref: "container", y: 0, yanchor: "bottom", x: 0} : {})};
  if (narrow && shown.colour) layout.legend.title.side = "top";
  return layout;
}

// {data, layout} of pictures, one for each value of the colour axis, on one scale of colours.
function pictureFigure(found, shown, {narrow, log}) {
  const [rows, columns] = description.picture, n = found.panels.length;
  const across = Math.min(n, narrow ? 2 : 4), down = Math.ceil(n / across), size = narrow ? 190 : 260;
  const shownValue = value => log ? (value > 0 ? Math.log10(value) : NaN) : value;
  const layout = {height: down * size + 60, font: FONT, paper_bgcolor: "#fff", plot_bgcolor: "#fff", margin: {l: 10, r: 10, t: 34, b: 20}, annotations: [],
                  dragmode: narrow ? false : "zoom",
                  coloraxis: {colorscale: "Cividis", colorbar: {title: {text: log ? "log10 of energy" : "energy", side: "right"}, thickness: 14, exponentformat: "power"}}};
  const width = 1 / across, tall = 1 / down;
  const data = found.panels.map((panel, k) => {
    const suffix = k ? String(k + 1) : "", column = k % across, row = Math.floor(k / across);
    const hidden = {showgrid: false, zeroline: false, showticklabels: false, ticks: ""};
    layout[`xaxis${suffix}`] = {...hidden, domain: [column * width, column * width + width * 0.92], anchor: `y${suffix}`, constrain: "domain"};
    layout[`yaxis${suffix}`] = {...hidden, domain: [1 - (row + 1) * tall, 1 - row * tall - 30 / layout.height], anchor: `x${suffix}`, autorange: "reversed", scaleanchor: `x${suffix}`,
                                constrain: "domain"};
    const value = shown.colour && textOf(shown.colour.values[panel.colour], 6);
    const name = !shown.colour ? "all trials" : shown.colour.isNumber ? `${labelOf(shown.colour.name)} ${value}` : value;
    layout.annotations.push({text: `${plain(name)} (n = ${panel.n})`, showarrow: false, xref: "paper", yref: "paper", x: column * width + width * 0.46,
                             y: 1 - row * tall - 28 / layout.height, xanchor: "center", yanchor: "bottom", font: {...FONT, size: 13}});
    const z = Array.from({length: rows}, (unused, r) => Array.from(panel.values.subarray(r * columns, (r + 1) * columns), shownValue));
    return {type: "heatmap", z, coloraxis: "coloraxis", xaxis: `x${suffix}`, yaxis: `y${suffix}`, name: plain(name),
            hovertemplate: `row %{y}, column %{x}<br>${log ? "log10 of energy" : "energy"} %{z:.4g}<extra>${plain(name)}</extra>`};
  });
  return {data, layout};
}
