"""The explorer's pages in headless Chromium, with real clicks and keys: what is drawn is what the program prints."""

import csv
import io
import os
import re
import shlex
import shutil
import statistics
import subprocess
import sys
import time
import xml.etree.ElementTree

import numpy as np
import pytest
import syncache as sc
from conftest import program
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium refuses one to root
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        yield browser
        browser.close()


class Explorer:
    """A page in the browser, and what it has drawn."""

    def __init__(self, page, results):
        self.page, self.results = page, results

    def opened(self, act):
        """Opens a page, and waits until it has drawn."""
        act()
        self.page.wait_for_selector("#plot[data-drawings]", state="attached")
        return self

    def after(self, act):
        """Does something that draws anew, and waits until that is done."""
        before, deadline = self.drawings(), time.monotonic() + 30
        act()
        while self.drawings() <= before:
            assert time.monotonic() < deadline, "nothing was drawn"
            self.page.wait_for_timeout(10)
        return self

    def drawings(self):
        return int(self.page.locator("#plot").get_attribute("data-drawings"))

    def choose(self, **choices):
        for control, value in choices.items():
            self.after(lambda control=control, value=value: self.page.select_option(f"#{control.replace('__', '-')}", str(value)))
        return self

    def curves(self):
        """Of each curve its name, panel, x, and means, from what Plotly holds."""
        return self.page.evaluate(
            """() => document.getElementById("plot").data.filter(trace => trace.text)
                .map(({name, xaxis, x, y}) => ({name, xaxis, x: Array.from(x), y: Array.from(y)}))"""
        )

    def means(self):
        return [mean for curve in self.curves() for mean in curve["y"]]

    def layout(self):
        return self.page.evaluate("""() => { const l = document.getElementById("plot").layout; return {x: l.xaxis.type, y: l.yaxis.type}; }""")

    def export(self):
        """What the command that the page shows prints."""
        words = shlex.split(self.page.locator("#export").inner_text())
        assert words[:3] == ["syncache", "export", str(self.results.path)]
        done = subprocess.run([program, *words[1:]], check=True, capture_output=True, text=True)
        return [{name: number(text) for name, text in row.items()} for row in csv.DictReader(io.StringIO(done.stdout))]

    def download(self, form):
        with self.page.expect_download() as waiting:
            self.page.get_by_role("button", name=form.upper(), exact=True).click()
        return waiting.value


def number(text):
    try:
        return float(text)
    except ValueError:
        return text


@pytest.fixture
def explorer(browser, tmp_path):
    """Opens the page of some results from a file, without a network; fails where the page asked for anything or had errors."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    problems = []

    def open_page(results, **options):
        path = results.explore(**options).save(tmp_path / f"{results.path.stem}.html")
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("request", lambda request: problems.append(request.url) if not re.match("file:|data:|blob:", request.url) else None)
        page.on("pageerror", lambda error: problems.append(error))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        return Explorer(page, results).opened(lambda: page.goto(f"file://{path}"))

    yield open_page
    context.close()
    assert problems == []


@pytest.fixture(scope="session")
def sweep(tmp_path_factory):
    """With a cache that is worth its price, more than one of everything, and trials that do not converge."""
    experiment = sc.Experiment(
        "perceptron",
        name="sweep",
        fixed=dict(inputs=60, variant="local-global", max_epochs=8),
        axes=dict(tau=[np.inf, 300], patterns=[30, 60], threshold=np.geomspace(1, 32, 7), seed=range(1, 9)),
        accounting=dict(maintenance_cost=[0, 0.01], exponent=[1, 2], potentiation_only=[False, True]),
    )
    return experiment.run(tmp_path_factory.mktemp("sweep") / "sweep.sqlite", progress=False)


def assert_is_export(shown, y, least=2):
    """What is drawn are the means of the command that the page shows, in its order but for that of x."""
    rows = shown.export()
    assert len(rows) >= least
    np.testing.assert_allclose(sorted(shown.means()), sorted(row[y] for row in rows if row[y] != ""), rtol=1e-12)


def test_it_opens_with_good_choices(explorer, sweep):
    shown = explorer(sweep)
    assert shown.page.title() == "sweep – syncache explore"
    assert [shown.page.input_value(f"#{name}") for name in ("x", "y", "colour")] == ["threshold", "total", "tau"]
    assert shown.layout()["x"] == "log"
    assert {curve["name"] for curve in shown.curves()} == {"300", "∞"}
    assert_is_export(shown, "total", least=10)
    assert "over seed" in shown.page.inner_text("#status") and "did not converge left out" in shown.page.inner_text("#status")


def test_a_slider_changes_the_curve_to_the_program_s_numbers(explorer, sweep):
    shown = explorer(sweep)
    before = shown.means()
    slider = shown.page.get_by_label("maintenance cost", exact=True)
    place = slider.bounding_box()
    shown.after(lambda: slider.click(position={"x": place["width"] * 0.8, "y": place["height"] / 2}))
    cost = float(shown.page.input_value("#field-maintenance_cost"))
    assert cost > 0 and shown.means() != before
    words = ["export", sweep.path, "--where", "patterns = 30 AND converged", "--mean", "seed", "--columns", "tau,threshold,total",
             "--price", f"maintenance_cost={cost!r}", "--price", "exponent=1", "--price", "potentiation_only=false"]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(subprocess.run([program, *map(str, words)], check=True, capture_output=True, text=True).stdout)))
    for curve in shown.curves():
        expected = {float(row["threshold"]): float(row["total"]) for row in rows if row["tau"] == {"300": "300", "∞": "inf"}[curve["name"]]}
        assert len(curve["x"]) == len(expected) > 2
        np.testing.assert_allclose(curve["y"], [expected[x] for x in curve["x"]], rtol=1e-13)
    assert_is_export(shown, "total")

    # A drag draws again and again, and the last position counts.
    shown.page.mouse.move(place["x"] + place["width"] * 0.8, place["y"] + place["height"] / 2)
    shown.page.mouse.down()
    for share in (0.6, 0.4, 0.3):
        shown.after(lambda share=share: shown.page.mouse.move(place["x"] + place["width"] * share, place["y"] + place["height"] / 2))
    shown.page.mouse.up()
    assert 0 < float(shown.page.input_value("#field-maintenance_cost")) < cost
    assert_is_export(shown, "total")


def test_single_trials_are_equal_to_the_last_bit(explorer, sweep):
    shown = explorer(sweep, where="seed = 3").choose(y="inefficiency")
    shown.after(lambda: shown.page.fill("#field-maintenance_cost", "0.0123"))
    shown.after(lambda: shown.page.fill("#field-transient_change_cost", "0.00077"))
    rows = shown.export()
    assert len(rows) > 5 and sorted(shown.means()) == sorted(row["inefficiency"] for row in rows)
    assert "--price maintenance_cost=0.0123 --price transient_change_cost=0.00077" in shown.page.inner_text("#export")


def test_all_prices_axes_and_outcomes(explorer, sweep):
    shown = explorer(sweep)
    for exponent in (1, 0):
        for signs in (1, 0):
            assert_is_export(shown.choose(exponent=exponent, potentiation_only=signs), "total")
    for y in ("consolidation", "uncached", "minimal", "epochs", "maintenance_sum"):
        assert_is_export(shown.choose(y=y), y)
    assert_is_export(shown.choose(y="total", x="patterns"), "total")
    assert_is_export(shown.choose(x="threshold", colour="patterns", facet="tau"), "total", least=20)
    assert {curve["xaxis"] for curve in shown.curves()} == {"x", "x2"}
    assert_is_export(shown.choose(facet="", colour="maintenance_cost"), "total")
    assert shown.page.locator("#slider-maintenance_cost").is_disabled()
    assert_is_export(shown.choose(x="tau", colour="exponent", facet="potentiation_only"), "total")
    assert shown.choose(x="seed", colour="", facet="").curves()[0]["x"]
    assert_is_export(shown, "total")
    assert_is_export(shown.after(lambda: shown.page.uncheck("#converged")), "total")


# Draws each outcome and view along, coloured and split by all parameters and prices; returns how many, and what failed.
EVERY_CHOICE = """async () => {
  const names = ["", ...results.axes.filter(one => one.values.length <= MAX_FACETS).map(one => one.name)], outcomes = outcomeNames(results), failed = [];
  let n = 0;
  for (const view of views()) for (const x of view === "outcomes" ? names.slice(1) : [""]) for (const colour of names) for (const facet of names) {
    state = {...defaultState(results), view, x, colour, facet, y: outcomes[n % outcomes.length], curveX: n % 3 ? "presentations" : "total"};
    try { drawn = await compute(); exportCommand(); statusOf(drawn); tableDrawn(); } catch (error) { failed.push(`${view} ${x} ${colour} ${facet}: ${error.message}`); }
    ++n;
  }
  return [n, failed];
}"""


def test_every_choice_can_be_drawn(explorer, multilayer, tmp_path):
    experiment = sc.Experiment(
        "perceptron",
        fixed=dict(inputs=40, max_epochs=20),
        axes=dict(zip=["variant", "threshold"], variant=["local-local", "local-global", "global-global"], threshold=[2, 4, np.inf], patterns=[20, 40], tau=[np.inf, 100], seed=[1, 2, 3]),
        accounting=dict(maintenance_cost=[0, 0.01], persistent_cost=[0, 0.001], transient_change_cost=[0, 0.1], exponent=[0, 1, 2], potentiation_only=[False, True]),
    )
    everything = experiment.run(tmp_path / "everything.sqlite", progress=False)
    for results, least in [(everything, 1000), (multilayer, 20)]:
        n, failed = explorer(results).page.evaluate(EVERY_CHOICE)
        assert n >= least and failed == []
    shown = explorer(everything)
    for x, colour, facet, y in [
        ("variant, threshold", "patterns", "persistent_cost", "total"),
        ("persistent_cost", "variant", "exponent", "inefficiency"),
        ("maintenance_cost", "potentiation_only", "variant", "maintenance"),
        ("seed", "transient_change_cost", "", "transient_change"),
    ]:
        assert_is_export(shown.choose(facet="", colour="", x=x).choose(colour=colour, facet=facet, y=y), y)


def test_logarithmic_axes(explorer, sweep):
    shown = explorer(sweep)
    for axis in ("x", "y"):
        was = shown.layout()[axis]
        assert shown.after(lambda axis=axis: shown.page.locator(f"#{axis}log").click()).layout()[axis] == {"log": "linear", "linear": "log"}[was]
    shown.choose(x="tau")  # infinity stands beside the numbers
    infinite = shown.page.evaluate("() => { const axis = document.getElementById('plot').layout.xaxis; return axis.ticktext[axis.tickvals.length - 1]; }")
    assert infinite == "∞"


def test_other_parameters_are_one_value_or_a_mean(explorer, sweep):
    shown = explorer(sweep).choose(fix__patterns=1)
    assert "patterns = 60" in shown.page.inner_text("#export")
    assert_is_export(shown, "total")
    shown.choose(fix__patterns="all")
    both = shown.export()
    at_4 = [row["total"] for row in both if row["tau"] == np.inf and round(row["threshold"], 6) == 1]
    curve = next(curve for curve in shown.curves() if curve["name"] == "∞")
    assert curve["y"][0] == pytest.approx(np.mean(at_4), rel=1e-12) and len(at_4) > 8


@pytest.mark.parametrize("cost", ["0", "0.01"])
def test_bands_and_the_least_are_those_of_optimum(explorer, sweep, cost):
    shown = explorer(sweep).choose(facet="patterns")
    if cost != "0":
        shown.after(lambda: shown.page.fill("#field-maintenance_cost", cost))
    found = shown.page.evaluate(
        """() => drawn.found.curves.map(({colour, facet, best, common}) => ({tau: String(drawn.shown.colour.values[colour]),
             patterns: drawn.shown.facet.values[facet], common: common ?? null, best: best ?? null}))"""
    )
    table = sweep.reprice(maintenance_cost=float(cost), exponent=1, potentiation_only=False).optimum().set_index(["tau", "patterns"])
    assert len(found) == len(table) == 4 and any(curve["common"] for curve in found)
    for curve in found:
        row, best = table.loc[float(curve["tau"].replace("Infinity", "inf")), curve["patterns"]], curve["best"]
        if best is None:
            assert row.edge in ("none", "only")
            continue
        assert (best["x"], curve["common"] or best["n"]) == (row.threshold, row.seeds)
        if not curve["common"]:
            np.testing.assert_allclose([best["mean"], best["low"], best["high"]], [row.total, row.total_low, row.total_high], rtol=1e-6)
    stars = shown.page.evaluate("() => document.getElementById('plot').data.filter(trace => trace.marker?.symbol === 'star').length")
    assert stars == sum(curve["best"] is not None for curve in found) >= 2
    shown.after(lambda: shown.page.uncheck("#optimum"))
    assert shown.page.evaluate("() => document.getElementById('plot').data.every(trace => trace.marker?.symbol !== 'star')")


def test_student_s_t_is_right(explorer, sweep):
    found = explorer(sweep).page.evaluate("() => [1, 2, 5, 19, 20, 21, 30, 60, 1000].map(studentT)")
    expected = [12.7062047, 4.3026527, 2.5705818, 2.0930241, 2.0859634, 2.0796138, 2.0422725, 2.0002978, 1.9623391]  # R: qt(0.975, n)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_downloads(explorer, sweep, tmp_path):
    shown = explorer(sweep)
    file = shown.download("csv")
    assert file.suggested_filename == "sweep-total-threshold.csv"
    rows = list(csv.DictReader(io.StringIO(file.path().read_text())))
    assert list(rows[0]) == ["tau", "threshold", "total", "total_se", "total_low", "total_high", "trials"]
    exported = {(row["tau"], row["threshold"]): row for row in shown.export()}
    assert len(rows) == len(exported)
    for row in rows:
        expected = exported[float(row["tau"]), float(row["threshold"])]
        assert float(row["total"]) == pytest.approx(expected["total"], rel=1e-12) and float(row["trials"]) == expected["trials"]
        if expected["trials"] > 1:
            assert float(row["total_se"]) == pytest.approx(expected["total_se"], rel=1e-9)
    picture = xml.etree.ElementTree.fromstring(shown.download("svg").path().read_text())
    assert picture.tag.endswith("svg") and "total energy" in "".join(picture.itertext())
    assert len(picture.findall(".//{http://www.w3.org/2000/svg}path")) > 4
    content = shown.download("png").path().read_bytes()
    assert content.startswith(b"\x89PNG") and int.from_bytes(content[16:20], "big") >= 2000


def test_keys_do_it_all(explorer, sweep):
    shown = explorer(sweep)
    reached = []
    shown.page.keyboard.press("Tab")
    for _ in range(60):
        reached.append(shown.page.evaluate("() => document.activeElement.id || document.activeElement.dataset.form || document.activeElement.tagName"))
        shown.page.keyboard.press("Tab")
    for control in ("x", "y", "colour", "facet", "xlog", "ylog", "slider-maintenance_cost", "field-maintenance_cost", "exponent", "fix-seed", "band", "optimum",
                    "converged", "svg", "png", "csv", "reset"):  # fmt: skip
        assert control in reached, control
    shown.page.focus("#slider-maintenance_cost")
    for key in ("End", "ArrowLeft", "PageDown"):
        shown.after(lambda key=key: shown.page.keyboard.press(key))
    assert_is_export(shown, "total")
    shown.page.focus("#colour")
    shown.after(lambda: shown.page.keyboard.press("ArrowDown"))
    assert shown.page.input_value("#colour") == "patterns"
    assert shown.page.evaluate("() => document.activeElement.id") == "colour"
    shown.page.focus("#xlog")
    assert shown.after(lambda: shown.page.keyboard.press("Space")).layout()["x"] == "linear"


def test_a_reload_keeps_the_view_and_start_again_forgets_it(explorer, sweep):
    shown = explorer(sweep).choose(y="epochs", colour="patterns")
    shown.after(lambda: shown.page.fill("#field-maintenance_cost", "0.5"))
    shown.opened(lambda: shown.page.reload())
    assert [shown.page.input_value(f"#{name}") for name in ("y", "colour", "field-maintenance_cost")] == ["epochs", "patterns", "0.5"]
    shown.after(lambda: shown.page.click("#reset"))
    assert [shown.page.input_value(f"#{name}") for name in ("y", "colour", "field-maintenance_cost")] == ["total", "tau", "0"]


def test_on_a_phone_nothing_is_cut_off(explorer, multilayer):
    shown = explorer(multilayer)
    shown.after(lambda: shown.page.set_viewport_size({"width": 390, "height": 844}))
    for view in ("Learning curves", "Energy pictures", "Outcomes"):
        shown.after(lambda view=view: shown.page.get_by_role("tab", name=view).click())
        assert shown.page.evaluate("() => document.documentElement.scrollWidth") <= 390
        box, status = shown.page.locator("#plot .main-svg").first.bounding_box(), shown.page.locator("#status").bounding_box()
        assert box["y"] + box["height"] <= status["y"] + 1 and box["width"] <= 390


def test_print(explorer, sweep, tmp_path):
    shown = explorer(sweep)
    shown.page.pdf(path=tmp_path / "page.pdf", format="A4")
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    shown.page.emulate_media(media="print")
    for hidden in ("#controls", "#downloads", "#numbers"):
        assert not shown.page.locator(hidden).is_visible()
    for visible in ("#plot .main-svg >> nth=0", "#status", "#settings", "#export"):
        assert shown.page.locator(visible).is_visible()


def test_learning_curves_and_energy_pictures(explorer, multilayer):
    shown = explorer(multilayer)
    shown.after(lambda: shown.page.get_by_role("tab", name="Learning curves").click())
    shown.after(lambda: shown.page.fill("#field-maintenance_cost", "0.02"))
    for y in ("accuracy", "total"):
        shown.choose(curve__y=y)
        rows = shown.export()
        for curve in shown.curves():
            at = {}
            for row in rows:
                if row["variant"] == curve["name"]:
                    at.setdefault(row["presentations"], []).append(row[y])
            assert len(curve["x"]) > 3
            np.testing.assert_allclose(curve["y"], [np.mean(at[x]) for x in curve["x"]], rtol=1e-12)
    shown.after(lambda: shown.page.get_by_role("tab", name="Learning curves").press("ArrowRight"))
    pictures = shown.page.evaluate("() => document.getElementById('plot').data.map(({type, name, z}) => ({type, name, z}))")
    assert [(one["type"], one["name"]) for one in pictures] == [("heatmap", "none"), ("heatmap", "local-neuron")]
    for one in pictures:
        expected = np.mean([arrays["input_consolidation"] for arrays in multilayer.weights(variant=one["name"]).values()], axis=0)
        np.testing.assert_allclose(one["z"], expected, rtol=1e-12)
    rows = list(csv.DictReader(io.StringIO(shown.download("csv").path().read_text())))
    assert list(rows[0]) == ["variant", "row", "column", "energy"] and len(rows) == 72


def test_spiking_neurons(explorer, tmp_path):
    experiment = sc.Experiment(
        "spiking", fixed=dict(max_runs=30), axes=dict(zip=["variant", "threshold"], variant=["none", "local-global"], threshold=[0.0, np.inf], patterns=[1, 2, 4], seed=[1, 2])
    )
    shown = explorer(experiment.run(tmp_path / "s.sqlite", progress=False))
    assert [shown.page.input_value(f"#{name}") for name in ("x", "colour")] == ["patterns", "variant"]
    assert {curve["name"] for curve in shown.curves()} == {"none", "local-global"}
    assert_is_export(shown, "total")
    assert_is_export(shown.choose(y="runs"), "runs")
    assert_is_export(shown.choose(x="variant, threshold"), "runs")


def test_a_hundred_thousand_trials_stay_fluid(explorer, tmp_path):
    experiment = sc.Experiment(
        "perceptron",
        fixed=dict(inputs=5, patterns=2),
        axes=dict(variant=["local-local", "local-global"], tau=[np.inf, 1000, 300, 100, 50, 30, 20, 10, 5, 2], threshold=np.geomspace(0.1, 10, 50), seed=range(1, 101)),
    )
    shown = explorer(experiment.run(tmp_path / "many.sqlite", progress=False))
    shown.choose(colour="tau", fix__variant="all")  # all trials, ten curves
    assert "of 100000 trials" in shown.page.inner_text("#status")
    shown.page.focus("#slider-maintenance_cost")
    times = []
    for _ in range(15):
        shown.after(lambda: shown.page.keyboard.press("ArrowRight"))
        times.append(float(shown.page.locator("#plot").get_attribute("data-milliseconds")))
    print(f"redrawn in {statistics.median(times):.0f} ms ({min(times):.0f} to {max(times):.0f})")
    assert statistics.median(times) < 300
    shown.choose(fix__variant=0)
    assert_is_export(shown, "total", least=300)


def test_many_values_are_drawn_in_bins(explorer, tmp_path):
    experiment = sc.Experiment("perceptron", fixed=dict(inputs=5, patterns=2, variant="local-local"), axes=dict(threshold=np.linspace(0.1, 10, 1000), seed=[1, 2]))
    shown = explorer(experiment.run(tmp_path / "r.sqlite", progress=False))
    (curve,) = shown.curves()
    assert 200 < len(curve["x"]) <= 300 and "1000 values of threshold in bins" in shown.page.inner_text("#status")
    rows = sc.Results(tmp_path / "r.sqlite").outcomes(["threshold", "total"], where="converged")
    assert curve["y"][0] == pytest.approx(rows.total[rows.threshold.rank(method="dense") <= 4].mean(), rel=1e-12)


def test_a_single_trial_and_hostile_names(explorer, tmp_path):
    name = "</script><img src=x onerror=alert(1)>"
    shown = explorer(sc.Experiment("perceptron", name=name, fixed=dict(inputs=5, patterns=2)).run(tmp_path / "r.sqlite", progress=False))
    assert shown.page.inner_text("h1") == name
    assert len(shown.means()) == 1


def test_a_server_shows_the_same(browser, multilayer):
    command = [sys.executable, "-m", "syncache", "explore", str(multilayer.path), "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            page = browser.new_page()
            address = server.stdout.readline().split()[0]
            shown = Explorer(page, multilayer).opened(lambda: page.goto(address))
            assert_is_export(shown, "total")
            shown.after(lambda: page.get_by_role("tab", name="Energy pictures").click())
            assert len(page.evaluate("() => document.getElementById('plot').data")) == 2
        finally:
            page.close()
            server.terminate()


def test_a_notebook_shows_it(browser, sweep):
    page = browser.new_page()
    page.set_content(f"<body>{sweep.explore()._repr_html_()}</body>")
    frame = page.frame_locator("iframe")
    frame.locator("#plot .main-svg").first.wait_for()
    frame.locator("#y").select_option("epochs")
    frame.get_by_text("--columns tau,threshold,epochs").wait_for()
    page.close()
