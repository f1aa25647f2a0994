// Means over trials, their intervals, and where they are least.

const MAX_POINTS = 300;  // of a curve: more distinct values are drawn in bins of neighbours
const MAX_CURVES = 24, MAX_FACETS = 12;

// Running means (Welford) of `size` groups.
class Means {
  constructor(size) {
    this.n = new Uint32Array(size);
    this.mean = new Float64Array(size);
    this.squares = new Float64Array(size);
    this.least = new Float64Array(size).fill(Infinity);
    this.greatest = new Float64Array(size).fill(-Infinity);
  }
  add(group, value) {
    const n = ++this.n[group], delta = value - this.mean[group];
    this.mean[group] += delta / n;
    this.squares[group] += delta * (value - this.mean[group]);
    if (value < this.least[group]) this.least[group] = value;
    if (value > this.greatest[group]) this.greatest[group] = value;
  }
  // {n, mean, se, low, high}; band: interval, se, sd, range or none.
  point(group, band) {
    const n = this.n[group], mean = this.mean[group];
    const sd = n > 1 ? Math.sqrt(this.squares[group] / (n - 1)) : NaN, se = sd / Math.sqrt(n);
    if (band === "range") return {n, mean, se, low: this.least[group], high: this.greatest[group]};
    const half = {interval: n > 1 ? se * studentT(n - 1) : NaN, se, sd, none: NaN}[band];
    return {n, mean, se, low: mean - half, high: mean + half};
  }
}

// The 97.5 % quantile of Student's t: a table, and beyond it the expansion about the normal one (Abramowitz & Stegun
// 26.7.5), good to seven digits there.
const studentTable = [12.706205, 4.3026527, 3.1824463, 2.7764451, 2.5705818, 2.4469119, 2.3646243, 2.3060041, 2.2621572, 2.2281389,
  2.2009852, 2.1788128, 2.1603687, 2.1447867, 2.1314495, 2.1199053, 2.1098156, 2.1009220, 2.0930241, 2.0859634];
function studentT(freedom) {
  if (freedom <= studentTable.length) return studentTable[freedom - 1];
  const z = 1.959963985, z2 = z * z;
  const terms = [(z2 + 1) / 4, ((5 * z2 + 16) * z2 + 3) / 96, (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384,
                 ((((79 * z2 + 776) * z2 + 1482) * z2 - 1920) * z2 - 945) / 92160];
  return z * terms.reduceRight((sum, term) => (sum + term) / freedom, 0) + z;
}

// Of each value of an axis the point of the curve that it belongs to, and the values of these points.
function pointsOf(one) {
  const order = one.values.map((value, place) => place);
  if (one.isNumber) order.sort((a, b) => one.values[a] - one.values[b]);
  const size = Math.ceil(order.length / (one.isNumber ? MAX_POINTS : order.length || 1));
  const place = new Uint32Array(order.length), values = [];
  order.forEach((value, rank) => {
    const point = place[value] = Math.floor(rank / size);
    values[point] = size === 1 ? one.values[value] : (values[point] ?? 0) + one.values[value] / Math.min(size, order.length - point * size);
  });
  return {place, values, binned: size > 1};
}

// The rows of trials that meet the choices: of each other parameter one value, or all. Returns {rows, free: axes averaged over}.
function chooseRows(results, shown, state) {
  const keep = new Uint8Array(results.n).fill(1), free = [], choices = [];
  for (const one of results.axes) {
    if (shown.includes(one) || one.isPrice || one.parts) continue;
    const there = new Set();
    for (let i = 0; i < results.n; ++i) if (keep[i]) there.add(one.codes[i]);
    const follows = there.size > 1 && isDetermined(results, one, shown, keep);
    const first = one.codes[keep.indexOf(1)], wanted = state.fix[one.name] ?? (one.name === "seed" || follows ? "all" : first);
    const choice = wanted === "all" || there.has(wanted) ? wanted : first;
    choices.push({axis: one, there, follows, choice});
    if (choice === "all") {
      if (!follows && there.size > 1) free.push(one);
    } else if (there.size > 1) {
      for (let i = 0; i < results.n; ++i) if (one.codes[i] !== choice) keep[i] = 0;
    }
  }
  const rows = new Uint32Array(results.n);
  let n = 0;
  for (let i = 0; i < results.n; ++i) if (keep[i]) rows[n++] = i;
  return {rows: rows.subarray(0, n), free, choices};
}

// Whether a parameter has one value for each combination of the shown ones, as axes that run together do.
function isDetermined(results, one, shown, keep) {
  const coded = shown.filter(other => !other.isPrice);
  if (!coded.length) return false;
  const seen = new Map();
  for (let i = 0; i < results.n; ++i) {
    if (!keep[i]) continue;
    let key = 0;
    for (const other of coded) key = key * other.values.length + other.codes[i];
    const before = seen.get(key);
    if (before === undefined) seen.set(key, one.codes[i]);
    else if (before !== one.codes[i]) return false;
  }
  return true;
}

// Means of an outcome for each value of the shown axes {x, colour, facet}: {curves: [{colour, facet, points}], left: trials
// left out that did not converge, ...}.
function outcomeCurves(results, shown, state) {
  const list = [shown.facet, shown.colour, shown.x].filter(Boolean);
  const chosen = chooseRows(results, list, state);
  const x = shown.x ? pointsOf(shown.x) : {place: [0], values: [0], binned: false};
  const nX = x.values.length, nColour = shown.colour?.values.length ?? 1, nFacet = shown.facet?.values.length ?? 1;
  const cells = new Means(nX * nColour * nFacet), all = new Uint32Array(nX * nColour * nFacet);
  const converged = results.columns.converged[0], combinations = priceCombinations(results, list, state);
  const onlyConverged = state.converged && state.y !== "converged";
  let left = 0;
  for (const {prices, codes} of combinations) {
    const at = outcomeAt(results.columns, state.y, prices);
    const code = one => !one ? null : one.isPrice ? codes.get(one) : one.codes;
    const cx = code(shown.x), cc = code(shown.colour), cf = code(shown.facet);
    const of = (c, i) => c === null ? 0 : typeof c === "number" ? c : c[i];
    for (const i of chosen.rows) {
      const cell = (of(cf, i) * nColour + of(cc, i)) * nX + x.place[of(cx, i)];
      ++all[cell];
      if (onlyConverged && !converged[i]) { ++left; continue; }
      const value = at(i);
      if (!Number.isNaN(value)) cells.add(cell, value);
    }
  }
  const curves = [];
  for (let facet = 0; facet < nFacet; ++facet) {
    for (let colour = 0; colour < nColour; ++colour) {
      const points = [], start = (facet * nColour + colour) * nX;
      for (let k = 0; k < nX; ++k) {
        if (cells.n[start + k]) points.push({x: x.values[k], place: k, all: all[start + k], ...cells.point(start + k, state.band)});
      }
      if (points.length) curves.push({facet, colour, points});
    }
  }
  const found = {curves, chosen, left: left / combinations.length, binned: x.binned, n: chosen.rows.length};
  if (state.optimum && state.y !== "converged" && shown.x && shown.x.isNumber) markOptima(found, results, shown, state, x.place);
  return found;
}

// All prices to evaluate: those of the sliders, and each of a shown axis in place of its slider's.
function priceCombinations(results, shown, state) {
  let list = [{prices: {...state.prices}, codes: new Map()}];
  for (const one of shown.filter(axis => axis.isPrice)) {
    list = list.flatMap(({prices, codes}) => one.values.map((value, place) =>
      ({prices: {...prices, [one.name]: value}, codes: new Map(codes).set(one, place)})));
  }
  for (const {prices} of list) {
    prices.pricing = description.pricings.findIndex(one =>
      one.exponent === prices.exponent && one.potentiation_only === prices.potentiation_only);
  }
  return list;
}

// Sets curve.best to the point of least mean (or of greatest accuracy), compared on seeds that converged at all values, as
// `syncache optimum` does it (docs/model.md, section 9).
function markOptima(found, results, shown, state, place) {
  const sign = state.y === "accuracy" ? -1 : 1;
  let rowsOfCurves = null;
  for (const curve of found.curves) {
    let candidates = curve.points.filter(point => 2 * point.n >= point.all && Number.isFinite(point.mean)), mean = point => point.mean;
    if (candidates.length < 2) continue;
    if (candidates.some(point => point.n !== point.all) && !shown.x.isPrice) {
      rowsOfCurves ??= splitRows(found.chosen.rows, shown);
      const table = valuesBySeed(rowsOfCurves.get(codesOfCurve(shown, curve)), found, results, shown, curve, state, place);
      const common = commonSeeds(table, candidates);
      candidates = common.candidates;
      if (common.seeds.length) mean = point => common.seeds.reduce((sum, seed) => sum + table.at(point, seed), 0) / common.seeds.length;
      curve.common = common.seeds.length;
    }
    curve.best = candidates.reduce((best, point) => sign * mean(point) < sign * mean(best) ? point : best);
  }
}

// Seeds that converged at all candidates. If these are less than half of all, the value with fewest is left out, the highest of
// equal ones, until half are.
function commonSeeds(table, candidates) {
  for (;;) {
    const seeds = [...Array(table.n).keys()].filter(seed => candidates.every(point => !Number.isNaN(table.at(point, seed))));
    if (2 * seeds.length >= table.n || candidates.length < 2) return {seeds, candidates};
    const fewest = Math.min(...candidates.map(point => point.n)), worst = candidates.filter(point => point.n === fewest).at(-1);
    candidates = candidates.filter(point => point !== worst);
  }
}

// The rows of each combination of colour and panel; prices are the same rows.
function splitRows(rows, shown) {
  const split = new Map(), codes = ["facet", "colour"].map(role => shown[role] && !shown[role].isPrice ? shown[role].codes : null);
  for (const i of rows) {
    const key = (codes[0] ? codes[0][i] : 0) * 65536 + (codes[1] ? codes[1][i] : 0);
    if (!split.has(key)) split.set(key, []);
    split.get(key).push(i);
  }
  return split;
}

const codesOfCurve = (shown, curve) => (shown.facet?.isPrice ? 0 : curve.facet) * 65536 + (shown.colour?.isPrice ? 0 : curve.colour);

// Of one curve the outcome at each point and combination of the averaged parameters, mostly the seed: {n: of combinations,
// at(point, combination): NaN where none converged}.
function valuesBySeed(rows, found, results, shown, curve, state, place) {
  const [{prices}] = priceCombinations(results, [], {prices: pricesOfCurve(shown, curve, state)});
  const outcome = outcomeAt(results.columns, state.y, prices), converged = results.columns.converged[0], seeds = new Map();
  const seedOf = i => {
    let key = 0;
    for (const one of found.chosen.free) key = key * one.values.length + one.codes[i];
    if (!seeds.has(key)) seeds.set(key, seeds.size);
    return seeds.get(key);
  };
  const seedOfRow = rows.map(seedOf), n = seeds.size, values = new Float64Array(n * shown.x.values.length).fill(NaN);
  rows.forEach((i, k) => {
    if (!state.converged || converged[i]) values[place[shown.x.codes[i]] * n + seedOfRow[k]] = outcome(i);
  });
  return {n, at: (point, seed) => values[point.place * n + seed]};
}

function pricesOfCurve(shown, curve, state) {
  const prices = {...state.prices};
  for (const role of ["colour", "facet"]) {
    if (shown[role] && shown[role].isPrice) prices[shown[role].name] = shown[role].values[curve[role]];
  }
  return prices;
}

// Learning curves: means over the trials that are still learning, while half of a curve's trials are.
function learningCurves(results, checkpoints, shown, state) {
  const chosen = chooseRows(results, [shown.facet, shown.colour].filter(Boolean), state), groups = new Map();
  for (const i of chosen.rows) {
    const colour = shown.colour ? shown.colour.codes[i] : 0, facet = shown.facet ? shown.facet.codes[i] : 0;
    const key = facet * 65536 + colour;
    if (!groups.has(key)) groups.set(key, {colour, facet, rows: []});
    groups.get(key).rows.push(i);
  }
  const columns = Object.fromEntries(Object.entries(checkpoints.columns).map(([name, values]) => [name, [values]]));
  const at = name => outcomeAt(columns, name, {...state.prices, pricing: 0});
  const x = at(state.curveX), y = at(state.curveY), curves = [];
  for (const {colour, facet, rows} of [...groups.values()].sort((a, b) => a.facet - b.facet || a.colour - b.colour)) {
    const places = new Map();
    for (const i of rows) {
      for (let k = checkpoints.first[i]; k < checkpoints.first[i + 1]; ++k) {
        const when = checkpoints.columns.presentations[k];
        if (!places.has(when)) places.set(when, []);
        places.get(when).push(k);
      }
    }
    let times = [...places.keys()].sort((a, b) => a - b).filter(when => 2 * places.get(when).length >= rows.length);
    const every = Math.ceil(times.length / MAX_POINTS);
    times = times.filter((when, k) => k % every === 0 || k === times.length - 1);
    const ofX = new Means(times.length), ofY = new Means(times.length);
    times.forEach((when, k) => places.get(when).forEach(place => { ofX.add(k, x(place)); ofY.add(k, y(place)); }));
    const points = times.map((when, k) => ({x: ofX.mean[k], all: rows.length, ...ofY.point(k, state.band)}));
    if (points.length) curves.push({colour, facet, points});
  }
  return {curves, chosen, left: 0, binned: false, n: chosen.rows.length};
}

// Mean picture of each value of the colour axis: {panels: [{colour, n, values: Float64Array}]}.
async function meanPictures(results, shown, state) {
  const chosen = chooseRows(results, [shown.colour].filter(Boolean), state), panels = new Map();
  for (const i of chosen.rows) {
    const colour = shown.colour ? shown.colour.codes[i] : 0;
    if (!panels.has(colour)) panels.set(colour, []);
    panels.get(colour).push(i);
  }
  const [rows, columns] = description.picture, list = [];
  for (const [colour, members] of [...panels].sort((a, b) => a[0] - b[0]).slice(0, MAX_FACETS)) {
    const sum = new Float64Array(rows * columns);
    let n = 0;
    for (const i of members) {
      const picture = new Float64Array(await pieceOf(`picture-${results.columns.trial[0][i]}`));
      if (picture.length !== sum.length) continue;
      ++n;
      for (let k = 0; k < sum.length; ++k) sum[k] += picture[k];
    }
    list.push({colour, n, values: sum.map(value => value / n)});
  }
  return {panels: list, chosen, n: chosen.rows.length};
}
