"""The reports that tools/figures writes: one HTML page that needs no other file, and one in Markdown for the repository."""

import base64
import html
import re
import time

PAPER = "Li & van Rossum, Energy efficient synaptic plasticity (eLife 2020;9:e50804)"
WORDS = {"PASS": "passes", "DEVIATES": "deviates, as known", "FAIL": "fails", "SKIP": "needs the {} form"}
ORIGINS = {"paper": "What the paper says", "ours": "What we expected beyond the paper"}


def band(bounds):
    """A band as words."""
    low, high = bounds["low"], bounds["high"]
    if low is None:
        return f"at most {high:g}"
    if high is None:
        return f"at least {low:g}"
    return f"{low:g} to {high:g}" if f"{low:g}" != f"{high:g}" else f"{low:g}"


def measured(claim):
    if claim["measured"] is None:
        return claim["problem"] if claim["verdict"] != "SKIP" else ""
    return f"{claim['measured']:.4g}"


def verdict(claim):
    return WORDS[claim["verdict"]].format(claim["form"])


def why(claim):
    """Why this band, and what is known of a deviation, or wrong with the measured value, as paragraphs."""
    paragraphs = [claim["reason"]]
    if claim["deviation"] is not None and claim["verdict"] != "SKIP":
        paragraphs.append(f"Known deviation, {band(claim['deviation'])}: {claim['deviation']['why']}")
    if claim["measured"] is not None and claim["problem"]:
        paragraphs.append(claim["problem"])
    return paragraphs


def title_and_text(folder):
    """The heading and the first paragraph of a figure's README, as plain text."""
    lines = (folder / "README.md").read_text().splitlines() if (folder / "README.md").exists() else [f"# {folder.name}"]
    text = "\n".join(lines[1:]).strip().split("\n\n")[0].replace("\n", " ")
    return lines[0].lstrip("# "), re.sub(r"[`*]|\[([^]]*)\]\([^)]*\)", lambda m: m[1] or "", text)


def by_origin(figure):
    """The figure's claims, those of the paper apart from ours: (heading, claims), without empty ones."""
    groups = [(heading, [claim for claim in figure.claims() if claim["origin"] == origin]) for origin, heading in ORIGINS.items()]
    return [(heading, claims) for heading, claims in groups if claims]


def provenance(figure):
    """Lines that tell how the results were made: command, runs, checksums."""
    lines = [figure.command()]
    for day, seconds, commit, backend, device in figure.runs():
        lines.append(f"{day}, {seconds} s, commit {commit}, {backend}, {device}")
    return lines + [f"{name} sha256 {total}" for name, total in figure.checksums()]


def seconds_taken(figure):
    return sum(seconds for _, seconds, *_ in figure.runs())


def html_claims(heading, claims):
    rows = []
    for claim in claims:
        reasons = "".join(f"<p>{html.escape(text)}</p>" for text in why(claim))
        rows.append(f"<tr class='{claim['verdict'].lower()}'><td>{html.escape(claim['claim'])}<br><span>{html.escape(claim['where'])}</span></td>"
                    f"<td class='number'>{html.escape(measured(claim))}</td><td class='number'>{band(claim)}</td>"
                    f"<td class='verdict'>{verdict(claim)}</td><td>{reasons}</td></tr>")
    return (f"<table class='claims'><thead><tr><th>{heading}</th><th>Measured</th><th>Expected</th><th></th><th>Why this band</th></tr></thead>"
            f"<tbody>{''.join(rows)}</tbody></table>")


def html_section(figure):
    title, text = title_and_text(figure.folder)
    parts = [f"<section id='{figure.name}'><h2>{html.escape(title)}</h2><p>{html.escape(text)}</p>"]
    if figure.state() == "skipped" or figure.problem:
        parts.append(f"<p class='problem'>{html.escape(figure.notes())}</p>")
    picture = figure.picture(".svg")
    if not figure.problem and not figure.skipped and picture.exists():
        data = base64.b64encode(picture.read_bytes()).decode()
        parts.append(f"<figure><img alt='{html.escape(title)}' src='data:image/svg+xml;base64,{data}'>"
                     f"<figcaption>{html.escape(figure.caption())}</figcaption></figure>")
    parts += [html_claims(heading, claims) for heading, claims in by_origin(figure)]
    parts.append(f"<details><summary>Command, runs, data; {seconds_taken(figure)} s</summary><pre>{html.escape(chr(10).join(provenance(figure)))}</pre>"
                 f"<pre>{html.escape(figure.experiment.read_text())}</pre></details></section>")
    return "".join(parts)


def html_overview(figures):
    """One row for each figure, one cell for each claim."""
    rows = []
    for figure in figures:
        cells = "".join(f"<span class='claim {claim['verdict'].lower()}' title='{html.escape(claim['claim'], quote=True)}'>{claim['id']}</span> "
                        for claim in figure.claims())
        rows.append(f"<tr class='{figure.state()}'><td><a href='#{figure.name}'>{html.escape(title_and_text(figure.folder)[0])}</a></td>"
                    f"<td class='verdict'>{figure.state()}</td><td>{cells or html.escape(figure.notes())}</td></tr>")
    return f"<table class='overview'><thead><tr><th>Figure</th><th></th><th>Claims</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"


STYLE = """
body { font: 15px/1.5 Georgia, 'DejaVu Serif', serif; color: #222; max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem; }
h1, h2, th, nav, .verdict, .claim { font-family: Helvetica, Arial, 'DejaVu Sans', sans-serif; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.2rem; margin-top: 3rem; border-top: 1px solid #ccc; padding-top: 1rem; }
figure { margin: 1rem 0; } img { display: block; max-width: 100%; margin: 0 auto; } figcaption { font-size: 13px; line-height: 1.4; margin-top: 0.5rem; }
table { border-collapse: collapse; width: 100%; font-size: 13px; line-height: 1.35; margin: 1rem 0; }
th { text-align: left; font-weight: 600; border-bottom: 1.5px solid #222; padding: 4px 8px; }
td { vertical-align: top; border-bottom: 1px solid #ddd; padding: 5px 8px; } td span { color: #666; }
table.claims { table-layout: fixed; } .claims th:nth-child(1) { width: 31%; } .claims th:nth-child(2) { width: 8%; }
.claims th:nth-child(3) { width: 12%; } .claims th:nth-child(4) { width: 10%; } td p { margin: 0 0 0.4em; }
.overview td:first-child { width: 42%; } td .claim { display: inline-block; font-size: 11px; padding: 1px 6px; margin: 1px 0; border-radius: 3px; color: #222; background: #e8e8e6; }
td .claim.pass { background: #cfe9dd; } td .claim.deviates { background: #fbe6b8; } td .claim.fail { background: #b03a00; color: #fff; }
td .claim.skip { color: #777; font-style: italic; }
a { color: inherit; } .number { white-space: nowrap; } .claims .number { white-space: normal; } .verdict { font-weight: 700; }
.pass .verdict, .passed .verdict { color: #00694a; } .deviates .verdict { color: #8a5a00; } .fail .verdict, .failed .verdict, .problem { color: #b03a00; font-weight: 700; }
.skip .verdict, .skipped .verdict { color: #666; font-weight: 400; }
pre { background: #f5f5f3; padding: 0.7rem; font-size: 12px; overflow-x: auto; } summary { cursor: pointer; color: #555; }
@page { margin: 15mm 12mm; }
@media print {
  section { break-before: page; } tr, img { break-inside: avoid; } details { display: none; } h2 { border: 0; margin: 0; padding: 0; }
  body { margin: 0; max-width: none; font-size: 12px; } table { font-size: 10.5px; } .claim { border: 1px solid #888; }
}
"""


def html_page(figures, version):
    """The whole page; `version`: what the program says of itself."""
    quick = any(figure.quick for figure in figures)
    form = "Quick forms: fewer trials, and synthetic digits in place of MNIST. Claims in italics need the full form. " if quick else ""
    return (f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>syncache: figures</title><style>{STYLE}</style></head><body>"
            "<h1>The metabolic cost of learning, measured</h1>"
            f"<p>The figures of {html.escape(PAPER)}, simulated anew, and what the paper says about them, checked; after them, what lies beyond the "
            f"paper. {form}Green: the claim holds. Yellow: the results refute it, and the reason is known. Red: it fails.</p>"
            f"<p>{html.escape(version)}; {time.strftime('%Y-%m-%d')}</p>{html_overview(figures)}"
            f"{''.join(html_section(figure) for figure in figures)}</body></html>\n")


def cell(text):
    """Text for a cell of a Markdown table."""
    return re.sub(r"([|<>*_`])", r"\\\1", text).replace("\n", " ")


def markdown_section(figure):
    title, text = title_and_text(figure.folder)
    name = figure.folder.name
    lines = [f"## {title}", "", f"{text} ({'Quick' if figure.quick else 'Full'} form, {seconds_taken(figure)} s; "
             f"[experiment](../../experiments/{name}/README.md).)", "", f"![{title}]({name}.png)", "", f"*{cell(figure.caption())}*", ""]
    for heading, claims in by_origin(figure):
        lines += [f"| {heading} | measured | expected | |", "|---|---|---|---|"]
        for claim in claims:
            note = f"<br>{cell(claim['deviation']['why'])}" if claim["verdict"] == "DEVIATES" else ""
            lines.append(f"| {cell(claim['claim'])} ({cell(claim['where'])}){note} | {cell(measured(claim))} | {band(claim)} | {verdict(claim)} |")
        lines.append("")
    return "\n".join(lines + ["```text", *provenance(figure), "```", ""])


def markdown_row(figure):
    """The figure's row of the table at the report's head."""
    ids = {word: ", ".join(f"`{claim['id']}`" for claim in figure.claims() if claim["verdict"] == word) for word in WORDS}
    return (f"| {title_and_text(figure.folder)[0]} | {'quick' if figure.quick else 'full'} | {ids['PASS']} | {ids['DEVIATES']} | {ids['FAIL']} | "
            f"{ids['SKIP']} |")


def kept_figures(text):
    """What a report for the repository holds of each figure, by its title: (row, section)."""
    rows = {row.split(" | ")[0].lstrip("| "): row for row in re.findall(r"^\| .* \|$", text.partition("\n## ")[0], re.MULTILINE)}
    sections = {section.splitlines()[0]: f"## {section.rstrip()}\n" for section in text.split("\n## ")[1:]}
    return {title: (rows[title], section) for title, section in sections.items() if title in rows}


def is_full(row):
    """Whether that row is of a full form."""
    return row.split(" | ")[1] == "full"


def markdown_page(figures):
    """The report for the repository, of figures' (row, section); pictures lie beside it as <figure>.png."""
    lines = ["# The figures, reproduced", "", f"The figures of {PAPER}, simulated again with this program, and what the paper says about them, checked. Written by "
             f"`tools/figures --keep` on {time.strftime('%Y-%m-%d')}; each section ends with the commands, machines, commits and data that its "
             "results come from. Figures whose full form was not run here are shown in their quick form: fewer trials, and synthetic digits in place "
             "of MNIST.", "", "| figure | form | holds | deviates, as known | fails | needs the full form |", "|---|---|---|---|---|---|"]
    lines += [row for row, _ in figures]
    lines += [""] + [section for _, section in figures]
    return "\n".join(lines)
