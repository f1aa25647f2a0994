// The results: parameters as codes, columns as typed arrays, both row by row of trials.

const byId = id => document.getElementById(id);
const numberOf = value => value === "inf" ? Infinity : value === "-inf" ? -Infinity : value === "nan" ? NaN : value;

// A number as people write it.
function textOf(value, digits = 12) {
  if (typeof value !== "number") return String(value);
  if (value === Infinity) return "∞";
  if (value === -Infinity) return "−∞";
  const short = Number(value.toPrecision(digits));
  return short !== 0 && (Math.abs(short) >= 1e6 || Math.abs(short) < 1e-4) ? short.toExponential().replace("e+", "e") : String(short);
}

// The bytes of a piece: of this page, or of the server that sent it.
async function pieceOf(name) {
  if (!description.embedded) {
    const answer = await fetch(name);
    if (!answer.ok) throw new Error(`${name}: the server says ${answer.status}`);
    return unpacked(await answer.blob());
  }
  const text = atob(document.getElementById(`piece-${name}`).textContent);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  return unpacked(new Blob([bytes]));
}

function unpacked(blob) {
  return new Response(blob.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

// {n, axes, columns: {name: [Float64Array of each pricing]}}
async function readOutcomes() {
  const bytes = await pieceOf("outcomes"), n = description.n;
  let offset = 0;
  const next = Type => { const part = new Type(bytes, offset, n); offset += part.byteLength; return part; };
  const columns = {};
  for (const {name, priced} of description.columns) {
    columns[name] = Array.from({length: priced ? description.pricings.length : 1}, () => next(Float64Array));
  }
  const axes = description.parameters.map(({name, unit, values, parts}) => ({...axis(name, unit, values, next(Uint32Array)), parts}));
  for (const [name, values] of Object.entries(description.prices)) {
    if (values.length > 1) axes.push(axis(name, "", values, null));
  }
  return {n, axes, columns};
}

// What varies; parts: the parameters that vary together in it. codes: of each trial, the place of its value; null for prices,
// which every trial is evaluated at.
function axis(name, unit, given, codes) {
  const values = given.map(numberOf), isNumber = values.every(value => typeof value === "number");
  return {name, unit, values, codes, isNumber, isPrice: codes === null};
}

// {first: of each trial, columns: {name: Float64Array}}
async function readCheckpoints() {
  const bytes = await pieceOf("checkpoints"), {n, columns: names} = description.checkpoints;
  const counts = new Float64Array(bytes, 0, description.n);
  const first = new Uint32Array(description.n + 1);
  for (let i = 0; i < description.n; ++i) first[i + 1] = first[i] + counts[i];
  const columns = {};
  names.forEach((name, k) => { columns[name] = new Float64Array(bytes, 8 * (description.n + k * n), n); });
  return {first, columns};
}

// The energies at prices {maintenance_cost, transient_change_cost, persistent_cost, pricing}, as the program computes
// them, operation by operation, so that they are its numbers. A cost of 0 makes a term 0 even where its sum is absent.
const term = (cost, column) => cost === 0 ? () => 0 : column ? i => cost * column[i] : () => NaN;

// A function of the trial's row that gives the outcome `name` at these prices.
function outcomeAt(columns, name, prices) {
  const column = key => columns[key] && columns[key][columns[key].length > 1 ? prices.pricing : 0];
  const maintenance = term(prices.maintenance_cost, column("maintenance_sum"));
  const transientChange = term(prices.transient_change_cost, column("transient_change_sum"));
  const persistent = term(prices.persistent_cost, column("persistent_sum"));
  const consolidation = column("consolidation"), minimal = column("minimal");
  const total = i => consolidation[i] + maintenance(i) + transientChange(i) + persistent(i);
  switch (name) {
    case "total": return total;
    case "inefficiency": return i => minimal[i] === 0 ? NaN : total(i) / minimal[i];
    case "maintenance": return maintenance;
    case "transient_change": return transientChange;
    case "persistent": return persistent;
    default: { const values = column(name); return i => values[i]; }
  }
}
