// Plotly's traces and layouts of what was computed.

const FONT = {family: "system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif", size: 14, color: "#1b1f24"};
const PAPER = {font: FONT, paper_bgcolor: "#fff", plot_bgcolor: "#fff", hovermode: "closest"};
const LINE = {showline: true, linecolor: "#5a6472", gridcolor: "#e8ebef", zeroline: false, ticks: "outside", tickcolor: "#5a6472", automargin: true};
const STAR = {symbol: "star", size: 17, color: "#F0E442", line: {color: "#000", width: 1.3}};
const MANY_POINTS = 40;  // of a curve: more have dashes instead of symbols

const axisName = (letter, k) => k ? `${letter}${k + 1}` : letter;
const layoutName = (letter, k) => k ? `${letter}axis${k + 1}` : `${letter}axis`;

// A line of text above a panel; x, y: on the paper, from 0 to 1.
const HEADING = {xref: "paper", yref: "paper", xanchor: "center", yanchor: "bottom", showarrow: false, font: {...FONT, size: 13}};
const heading = (text, x, y) => ({...HEADING, text, x, y});

// {data, layout} of curves. options: labels and names of x and y, whether x has numbers, logarithmic axes, a narrow page.
function figureOf(found, shown, state, options) {
  const values = new Set(found.curves.flatMap(curve => curve.points.map(point => point.x)));
  const scale = scaleOf([...values], options.xIsNumber, options.xlog), range = options.ylog ? logRange(found.curves) : null;
  const facets = [...new Set(found.curves.map(curve => curve.facet))], data = [], named = new Set();
  for (const curve of found.curves) {
    const k = facets.indexOf(curve.facet), colour = colourOf(shown.colour, curve.colour);
    const name = shown.colour ? plain(textOf(shown.colour.values[curve.colour])) : "";
    const common = {type: "scatter", xaxis: axisName("x", k), yaxis: axisName("y", k), legendgroup: String(curve.colour), name, showlegend: false};
    if (options.xIsNumber) data.push(...bandOf(curve, scale, range, colour, common));
    data.push({...lineOf(curve, scale, colour, common, options), showlegend: Boolean(shown.colour) && !named.has(curve.colour)});
    if (curve.best) data.push(starOf(curve, scale, common, state));
    named.add(curve.colour);
  }
  return {data, layout: layoutOf(facets, scale, range, shown, options)};
}

// The band of a curve: an area between the ends of its intervals. On a logarithmic axis what is not positive lies below it.
function bandOf(curve, scale, range, colour, common) {
  const points = curve.points.filter(point => Number.isFinite(point.low) && Number.isFinite(point.high)), back = points.slice().reverse();
  const low = point => range && !(point.low > 0) ? 10 ** (range[0] - 1) : point.low;
  if (points.length < 2) return [];
  return [{...common, mode: "lines", fill: "toself", fillcolor: pale(colour), line: {width: 0}, hoverinfo: "skip",
           x: [...points, ...back].map(point => scale.at(point.x)), y: [...points.map(point => point.high), ...back.map(low)]}];
}

// Texts along x have symbols with error bars, numbers a line.
function lineOf(curve, scale, colour, common, options) {
  const {points} = curve, isLine = options.xIsNumber, isDashed = points.length > MANY_POINTS;
  const symbol = SYMBOLS[curve.colour % SYMBOLS.length], dash = isDashed ? DASHES[curve.colour % DASHES.length] : "solid";
  const up = points.map(point => point.high - point.mean), down = points.map(point => point.mean - point.low);
  const bars = {type: "data", symmetric: false, color: colour, array: up, arrayminus: down};
  return {...common, mode: !isLine ? "markers" : isDashed ? "lines" : "lines+markers",
          x: points.map(point => scale.at(point.x)), y: points.map(point => point.mean), ...(isLine ? {} : {error_y: bars}),
          line: {color: colour, width: 2, dash}, marker: {color: colour, size: isLine ? 7 : 10, symbol},
          text: points.map(point => hoverText(point, options)), hovertemplate: `%{text}<extra>${common.name}</extra>`};
}

function hoverText(point, {xName, yName}) {
  const band = Number.isFinite(point.low) ? `<br>${textOf(point.low, 5)} to ${textOf(point.high, 5)}` : "";
  return `${plain(xName)} ${plain(textOf(point.x, 6))}<br>${plain(yName)} ${textOf(point.mean, 6)}${band}<br>${point.n} of ${point.all} trials`;
}

function starOf({best, common: seeds}, scale, common, state) {
  const what = `${state.y === "accuracy" ? "greatest" : "least"} at ${textOf(best.x, 6)}<br>${textOf(best.mean, 6)}`;
  return {...common, mode: "markers", x: [scale.at(best.x)], y: [best.mean], marker: STAR,
          hovertemplate: `${what}${seeds ? `<br>compared on ${seeds} common seeds` : ""}<extra>${common.name}</extra>`};
}

// Panels in rows, of one scale; the legend beside them, or below on a narrow page.
function layoutOf(facets, scale, range, shown, {xLabel, yName, ylog, narrow}) {
  const n = facets.length, across = narrow ? 1 : n <= 2 || n === 4 ? Math.min(n, 2) : n === 3 ? 3 : 4, down = Math.ceil(n / across);
  const height = down === 1 ? (narrow ? 400 : 540) : down * (narrow ? 270 : 300) + 80;
  const gap = {x: across > 1 ? 0.05 : 0, y: down > 1 ? (narrow ? 80 : 66) / height : 0};
  const width = (1 - gap.x * (across - 1)) / across, tall = (1 - gap.y * (down - 1)) / down;
  const below = narrow && shown.colour ? 90 + 22 * Math.ceil(shown.colour.values.length / 3) : 60;
  const layout = {...PAPER, height, dragmode: narrow ? false : "zoom", margin: {l: narrow ? 60 : 80, r: 16, t: n > 1 ? 34 : 16, b: below},
                  annotations: [], showlegend: Boolean(shown.colour), legend: legendOf(shown, narrow)};
  facets.forEach((facet, k) => {
    const column = k % across, left = column * (width + gap.x), top = 1 - Math.floor(k / across) * (tall + gap.y);
    layout[layoutName("x", k)] = {
      ...LINE, ...scale.axis, domain: [left, left + width], anchor: axisName("y", k), ...(k ? {matches: "x"} : {}),
      ...(scale.axis.type === "log" && !scale.axis.tickvals ? {dtick: narrow || n > 1 ? 1 : "D2"} : {}),
      ...(k + across >= n && (across <= 2 || column === 1) ? {title: {text: plain(xLabel), standoff: 8}} : {}),
    };
    layout[layoutName("y", k)] = {
      ...LINE, domain: [Math.max(0, top - tall), top], anchor: axisName("x", k), ...(k ? {matches: "y"} : {}),
      type: ylog ? "log" : "linear", ...(range ? {range, dtick: decadeTicks(range)} : {}), exponentformat: "power", minexponent: 5,
      ...(column ? {showticklabels: false} : {title: {text: plain(yName), standoff: 10}}),
    };
    const name = shown.facet && `${labelOf(shown.facet.name)} ${textOf(shown.facet.values[facet], 6)}`;
    if (n > 1) layout.annotations.push(heading(plain(name), left + width / 2, top));
  });
  return layout;
}

const decadeTicks = ([low, high]) => high - low < 2 ? "D2" : Math.ceil((high - low) / 8);

function legendOf(shown, narrow) {
  const text = shown.colour ? plain(axisLabel(shown.colour)) : "";
  return narrow ? {title: {text, side: "top"}, orientation: "h", yref: "container", y: 0, yanchor: "bottom", x: 0} : {title: {text}};
}

// {data, layout} of pictures, one for each value of the colour axis, on one scale of colours.
function pictureFigure(found, shown, {narrow, log}) {
  const across = Math.min(found.panels.length, narrow ? 2 : 4), down = Math.ceil(found.panels.length / across);
  const height = down * (narrow ? 190 : 260) + 60, width = 1 / across, tall = 1 / down, what = log ? "log10 of energy" : "energy";
  const colorbar = {title: {text: what, side: "right"}, thickness: 14, exponentformat: "power"};
  const layout = {...PAPER, height, dragmode: narrow ? false : "zoom", margin: {l: 10, r: 10, t: 34, b: 20}, annotations: [],
                  coloraxis: {colorscale: "Cividis", colorbar}};
  const bare = {showgrid: false, zeroline: false, showticklabels: false, ticks: "", constrain: "domain"};
  const data = found.panels.map((panel, k) => {
    const left = k % across * width, top = 1 - Math.floor(k / across) * tall, name = plain(nameOfPanel(panel, shown));
    const domain = [top - tall, top - 30 / height];
    layout[layoutName("x", k)] = {...bare, domain: [left, left + 0.92 * width], anchor: axisName("y", k)};
    layout[layoutName("y", k)] = {...bare, domain, anchor: axisName("x", k), autorange: "reversed", scaleanchor: axisName("x", k)};
    layout.annotations.push(heading(`${name} (n = ${panel.n})`, left + 0.46 * width, top - 28 / height));
    return {type: "heatmap", z: rowsOfPicture(panel.values, log), coloraxis: "coloraxis", xaxis: axisName("x", k), yaxis: axisName("y", k), name,
            hovertemplate: `row %{y}, column %{x}<br>${what} %{z:.4g}<extra>${name}</extra>`};
  });
  return {data, layout};
}

function nameOfPanel(panel, {colour}) {
  const value = colour && textOf(colour.values[panel.colour], 6);
  return !colour ? "all trials" : colour.isNumber ? `${labelOf(colour.name)} ${value}` : value;
}

function rowsOfPicture(values, log) {
  const [rows, columns] = description.picture, shown = value => !log ? value : value > 0 ? Math.log10(value) : NaN;
  return Array.from({length: rows}, (unused, row) => Array.from(values.subarray(row * columns, (row + 1) * columns), shown));
}
