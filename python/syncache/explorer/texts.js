// What stands around the picture, and what can be taken from it: numbers, files, commands.

const isShown = name => Object.values(drawn.shown).some(one => one?.name === name);
const counted = (n, what) => `${n} ${what}${n === 1 ? "" : "s"}`;

function showTexts() {
  const status = statusOf(drawn);
  byId("status").textContent = status.join(" · ");
  plot.setAttribute("aria-label", status.join("; "));
  byId("settings").textContent = settingsOf(drawn).join(" · ");
  byId("export").textContent = exportCommand();
  if (byId("numbers").open) showNumbers();
}

// What the picture is made of, and the best of it.
function statusOf({found, shown}) {
  const trials = counted(found.n, "trial"), free = found.chosen.free.map(one => labelOf(one.name));
  if (found.panels) return [`${counted(found.panels.length, "picture")}, means of ${trials}`];
  const points = found.curves.reduce((sum, curve) => sum + curve.points.length, 0);
  const parts = [`${counted(points, "mean")} of ${trials}${free.length ? ` over ${free.join(", ")}` : ""}`];
  if (found.left) parts.push(`${counted(found.left, "trial")} that did not converge left out`);
  if (found.binned) parts.push(`${shown.x.values.length} values of ${labelOf(shown.x.name)} in bins of neighbours`);
  if (state.view === "curves") parts.push("energies of exponent 1 and both signs; curves end where less than half of their trials go on");
  const bests = found.curves.map(curve => curve.best).filter(Boolean);
  if (bests.length) {
    const sign = state.y === "accuracy" ? -1 : 1, best = bests.reduce((a, b) => sign * b.mean < sign * a.mean ? b : a);
    const note = found.curves.some(curve => curve.common) ? ", compared on common seeds" : "";
    parts.push(`${sign < 0 ? "greatest" : "least"} ${labelOf(state.y)} ${textOf(best.mean, 5)} at ${labelOf(state.x)} ${textOf(best.x, 5)}${note}`);
  }
  return parts;
}

// At what parameters and prices.
function settingsOf({found}) {
  const parts = fixedOf(found).map(({axis, choice}) => `${labelOf(axis.name)} ${textOf(axis.values[choice])}`);
  if (state.view === "pictures") return parts;
  for (const [name, value] of Object.entries(state.prices)) {
    if (isShown(name) || !(value || byId(`price-${name}`))) continue;
    parts.push(`${labelOf(name)} ${name === "potentiation_only" ? signsOf(value) : textOf(value)}`);
  }
  return state.band === "none" ? parts : [...parts, `bands: ${BANDS[state.band]}`];
}

// The parameters of which one value was chosen.
const fixedOf = found => found.chosen.choices.filter(({choice, there}) => choice !== "all" && there.size > 1);

function showNumbers() {
  const [head, ...rows] = tableDrawn();
  const shownCell = cell => typeof cell === "number" ? textOf(cell, 6) : String(cell);
  const row = (tag, cells) => element("tr", {}, ...cells.map(cell => element(tag, {textContent: shownCell(cell)})));
  const body = rows.slice(0, 1000).map(cells => row("td", cells));
  document.querySelector("#numbers table").replaceChildren(element("thead", {}, row("th", head)), element("tbody", {}, ...body));
}

// What is drawn, as rows with a head.
function tableDrawn() {
  const {found, shown, xName, yName} = drawn;
  if (found.panels) {
    const columns = description.picture[1], name = panel => shown.colour ? shown.colour.values[panel.colour] : "all";
    const rowsOf = panel => Array.from(panel.values, (value, k) => [name(panel), Math.floor(k / columns), k % columns, value]);
    return [[shown.colour?.name ?? "picture", "row", "column", "energy"], ...found.panels.flatMap(rowsOf)];
  }
  const outer = ["facet", "colour"].filter(role => shown[role]);
  const rows = found.curves.flatMap(curve => curve.points.map(({x, mean, se, low, high, n}) =>
    [...outer.map(role => shown[role].values[curve[role]]), x, mean, se, low, high, n]));
  const head = [xName || "all", yName, `${yName}_se`, `${yName}_low`, `${yName}_high`, "trials"];
  return [[...outer.map(role => shown[role].name), ...head], ...rows];
}

function csvCell(cell) {
  if (typeof cell !== "number") return /[",\n]/.test(cell) ? `"${String(cell).replaceAll('"', '""')}"` : String(cell);
  return Number.isNaN(cell) ? "" : String(cell).replace("Infinity", "inf");
}

const csvDrawn = () => tableDrawn().map(row => row.map(csvCell).join(",")).join("\n") + "\n";

// A word of a shell; a value of SQL.
const quoted = text => /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
function sqlValue(value) {
  if (typeof value === "number") return String(value).replace("Infinity", "9e999");
  return typeof value === "boolean" ? String(Number(value)) : `'${value.replaceAll("'", "''")}'`;
}

// The command of the program that gives the numbers drawn, or those that their means are over.
function exportCommand() {
  const {found, shown} = drawn, words = ["syncache", "export", description.path], isCurves = state.view === "curves";
  if (state.view === "pictures") return [...words, "--weights", "weights"].map(quoted).join(" ");
  const isMean = !isCurves && found.chosen.free.length === 1 && found.chosen.free[0].name === "seed";
  const parameters = [shown.facet, shown.colour, shown.x, ...(isMean ? [] : found.chosen.free)].filter(Boolean).flatMap(one => one.parts ?? one.name);
  const numbers = isCurves ? ["trial", "presentations", state.curveX, state.curveY] : isMean ? [state.y, `${state.y}_se`, "trials"] : [state.y];
  const conditions = fixedOf(found).map(({axis, choice}) => `${axis.name} = ${sqlValue(axis.values[choice])}`);
  if (description.where) conditions.unshift(`(${description.where})`);
  if (!isCurves && state.converged && state.y !== "converged") conditions.push("converged");
  if (isCurves) words.push("--table", "checkpoints");
  words.push("--columns", [...new Set([...parameters, ...numbers])].join(","));
  if (isMean) words.push("--mean", "seed");
  if (conditions.length) words.push("--where", conditions.join(" AND "));
  return [...words, ...priceWords()].map(quoted).join(" ");
}

// Learning curves are at exponent 1 and both signs, whatever the outcomes are at.
function priceWords() {
  const isStored = description.pricings.some(one => one.exponent === 1 && !one.potentiation_only);
  const own = state.view === "curves" && isStored ? {exponent: 1, potentiation_only: false} : {}, words = [];
  for (const [name, values] of Object.entries(description.prices)) {
    const value = own[name] ?? state.prices[name];
    if (isShown(name)) words.push("--price", `${name}=[${values.join(",")}]`);
    else if (values.length > 1 || numberOf(values[0]) !== value) words.push("--price", `${name}=${value}`);
  }
  return words;
}

function save(name, blob) {
  const address = URL.createObjectURL(blob), link = element("a", {href: address, download: name});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// form: svg, png or csv.
async function download(form) {
  const what = state.view === "pictures" ? "energy-pictures" : `${drawn.yName}-${drawn.xName || "all"}`;
  const name = `${description.file.replace(/\.[^.]*$/, "")}-${what}.${form}`;
  if (form === "csv") return save(name, new Blob([csvDrawn()], {type: "text/csv"}));
  const size = {width: Math.max(700, plot.clientWidth), height: plot.clientHeight, scale: form === "png" ? 3 : 1};
  const address = await Plotly.toImage(plot, {format: form, ...size}), comma = address.indexOf(",");
  const head = address.slice(0, comma), body = address.slice(comma + 1);
  const bytes = head.endsWith("base64") ? Uint8Array.from(atob(body), letter => letter.charCodeAt(0)) : decodeURIComponent(body);
  return save(name, new Blob([bytes], {type: form === "png" ? "image/png" : "image/svg+xml"}));
}

// What no choice changes.
function showFacts() {
  const {title, n, model, file, where, command, missing, planned, runs, constants, version} = description;
  byId("title").textContent = title;
  byId("subtitle").textContent = [counted(n, "trial"), model, file, ...(where ? [`where ${where}`] : [])].join(" · ");
  byId("command").textContent = command;
  if (missing) warn(`${missing} of ${planned} trials of the experiment are missing: what is shown is of the others.`);
  const add = (name, text) => byId("facts").append(element("dt", {textContent: name}), element("dd", {textContent: text}));
  for (const run of runs) add("run", `${run.started} · commit ${run.commit} · ${run.build} · ${run.backend}, ${run.device}`);
  const given = Object.entries(constants).filter(([, value]) => value !== "");
  add("the same in all trials", given.map(([name, value]) => `${name} = ${textOf(numberOf(value))}`).join(", "));
  add("page", `syncache ${version}`);
}

function warn(text) {
  byId("warning").textContent = text;
  byId("warning").hidden = false;
}
