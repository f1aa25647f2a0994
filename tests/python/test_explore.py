"""The explorer's pages and command, without a browser; test_explore_browser.py looks at the pages."""

import base64
import gzip
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import numpy as np
import pytest
import syncache as sc
from conftest import program


def described(page):
    """The description that a page holds."""
    return json.loads(re.search(r"const description = (.*);\n", page)[1])


def piece_of(page, name):
    return gzip.decompress(base64.b64decode(re.search(f'id="piece-{name}">([^<]*)<', page)[1]))


def explore(*words, **options):
    return subprocess.run([sys.executable, "-m", "syncache", "explore", *map(str, words)], capture_output=True, text=True, **options)


def test_a_page_holds_all_and_loads_nothing(results):
    page = results.explore()
    found = described(page.html)
    assert found["n"] == 30 and found["model"] == "perceptron" and found["missing"] == 0
    assert {one["name"]: len(one["values"]) for one in found["parameters"]} == {"seed": 3, "threshold": 5, "patterns": 2}
    assert found["constants"]["tau"] == 500 and found["prices"]["maintenance_cost"] == [0, 0.01]
    assert found["pricings"] == [{"exponent": 0.5, "potentiation_only": False}, {"exponent": 1, "potentiation_only": False}]
    assert not re.search(r"<(script|link|img)[^>]*\b(src|href)=", page.html)
    assert "default-src 'none'" in page.html and "connect-src 'none'" in page.html
    assert page._repr_html_().startswith("<iframe ")


def test_its_numbers_are_the_library_s(results):
    page = results.explore().html
    found, numbers = described(page), piece_of(page, "outcomes")
    reals = np.frombuffer(numbers, dtype="<f8", count=(len(numbers) - 3 * 4 * 30) // 8).reshape(-1, 30)
    row = 0
    for column in found["columns"]:
        for pricing in found["pricings"] if column["priced"] else [{}]:
            expected = results.reprice(maintenance_cost=0, **(pricing or found["pricings"][0])).arrays(columns=column["name"])[column["name"]]
            np.testing.assert_array_equal(reals[row], expected, err_msg=column["name"])
            row += 1
    assert row == len(reals)


def test_other_prices_and_a_choice_of_trials(results):
    page = results.reprice(maintenance_cost=[0.5, 2]).explore(where="patterns = 30 AND total > 0").html
    found = described(page)
    assert found["n"] == 15 and found["prices"]["maintenance_cost"] == [0.5, 2] and found["constants"]["patterns"] == 30
    assert ".reprice(maintenance_cost=[0.5, 2]).explore(where='patterns = 30 AND total > 0')" in found["command"]


def test_what_varies_together_is_one_axis_more(tmp_path):
    experiment = sc.Experiment(
        "perceptron",
        fixed=dict(inputs=10, patterns=4),
        points=[dict(variant="global-global", threshold=4), dict(variant="local-local", threshold=2), dict(variant="local-global", threshold=2)],
        axes=dict(seed=[1, 2], tau=[100, np.inf]),
    )
    found = described(experiment.run(tmp_path / "r.sqlite", progress=False).explore().html)
    (together,) = [one for one in found["parameters"] if "parts" in one]
    assert together["parts"] == ["variant", "threshold"] and together["values"] == ["global-global, 4", "local-local, 2", "local-global, 2"]
    assert next(one for one in found["parameters"] if one["name"] == "tau")["values"] == [100, "inf"]


def test_pictures_and_checkpoints_of_multilayer_perceptrons(multilayer):
    page = multilayer.explore().html
    found = described(page)
    assert found["picture"] == [6, 6]
    picture = np.frombuffer(piece_of(page, "picture-4"), dtype="<f8").reshape(6, 6)
    np.testing.assert_array_equal(picture, multilayer.weights()[4]["input_consolidation"])
    checkpoints = multilayer.arrays("checkpoints", columns=["accuracy"])["accuracy"]
    assert found["checkpoints"]["n"] == len(checkpoints)
    numbers = np.frombuffer(piece_of(page, "checkpoints"), dtype="<f8")
    place = 6 + found["checkpoints"]["columns"].index("accuracy") * len(checkpoints)
    np.testing.assert_array_equal(numbers[place : place + len(checkpoints)], checkpoints)


def test_texts_of_a_file_are_no_markup(tmp_path):
    name = "</script><img src=x onerror=alert(1)>"
    page = sc.Experiment("perceptron", name=name, fixed=dict(inputs=5, patterns=2), axes=dict(seed=[1, 2])).run(tmp_path / "r.sqlite", progress=False).explore().html
    assert name not in page and described(page)["title"] == name


def test_the_command_writes_a_page(results, tmp_path):
    page = tmp_path / "page.html"
    done = explore(results.path, "-o", page, "--where", "patterns = 60")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{page}\n", "")
    assert described(page.read_text(encoding="utf-8"))["command"] == f"syncache explore {results.path} -o {page} --where 'patterns = 60'"
    assert [one.name for one in tmp_path.iterdir()] == ["page.html"]


def test_the_command_begins_at_other_prices(results, tmp_path):
    page = tmp_path / "page.html"
    assert explore(results.path, "-o", page, "--price", "exponent=0.5", "--price", "maintenance_cost=[0.5, 2]").returncode == 0
    found = described(page.read_text(encoding="utf-8"))
    assert found["prices"]["maintenance_cost"] == [0.5, 2] and found["pricings"] == [{"exponent": 0.5, "potentiation_only": False}]


def test_the_program_runs_the_command(results, tmp_path, monkeypatch):
    monkeypatch.setenv("SYNCACHE_PYTHON", sys.executable)
    (tmp_path / "syncache.py").write_text("raise SystemExit('imported from the working folder')")
    words = [program, "explore", str(results.path), "-o", "page.html", "--where", "patterns = 60"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "page.html\n", "")
    assert described((tmp_path / "page.html").read_text(encoding="utf-8"))["n"] == 15


def test_mistakes_are_one_line(results, tmp_path):
    other = tmp_path / "other.txt"
    other.write_text("no results")
    for words, code, line in [
        ([tmp_path / "none.sqlite"], 2, "none.sqlite: no such results file"),
        ([other], 2, "other.txt: is not a results file of syncache"),
        ([results.path, "--where", "pattern = 60"], 2, "--where pattern = 60: no such column: pattern; did you mean patterns?"),
        ([results.path, "--where", "patterns = 61"], 2, "--where patterns = 61: no trial meets it"),
        ([results.path, "-o", results.path], 2, "allowed: a file whose name ends in .html"),
        ([results.path, "-o", tmp_path / "nowhere" / "x.html"], 1, "nowhere/x.html: No such file or directory"),
        ([results.path, "--serve", "--port", "65536"], 2, "--port: 65536; allowed: 0 to 65535"),
        ([results.path, "--price", "cost=3"], 2, "--price cost=3; allowed: key=value with a key of maintenance_cost, "),
        ([results.path, "--price", "exponent=3"], 2, "exponent"),
        ([results.path, "--prt"], 2, "--prt (see syncache explore --help)"),
        ([], 2, "results (see syncache explore --help)"),
    ]:
        done = explore(*words)
        assert (done.returncode, done.stdout) == (code, ""), words
        assert done.stderr.startswith("syncache: ") and done.stderr.count("\n") == 1 and line in done.stderr, done.stderr


def test_a_page_that_would_be_too_large_is_refused(results, monkeypatch):
    monkeypatch.setattr("syncache._explore.LARGEST_PAGE", 1000)
    with pytest.raises(ValueError, match=r"a page of about .* MB; allowed: up to .*--serve shows it"):
        results.explore()


def test_without_plotly_it_says_what_to_install(results):
    code = f"""
import sys
sys.modules["plotly.offline"] = None
from syncache._explore_command import explore
sys.exit(explore([{str(results.path)!r}]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "syncache: explore needs plotly: pip install plotly\n")


def test_partial_results_are_never_silent(perceptrons, tmp_path):
    half = perceptrons.run(tmp_path / "half.sqlite", shard=(1, 2), progress=False)
    with pytest.warns(sc.PartialResults, match="16 of 30 trials are missing") as said:
        assert described(half.explore().html)["missing"] == 16
    assert len(said) == 1
    page = tmp_path / "half.html"
    done = explore(half.path, "-o", page)
    assert done.returncode == 0 and "syncache: warning: " in done.stderr and "16 of 30 trials are missing" in done.stderr
    done = explore(half.path, "-o", page, "--complete")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "16 trials are missing; allowed: a complete file" in done.stderr


def test_a_file_that_grows_meanwhile_is_not_mixed_up(multilayer, tmp_path):
    grown = tmp_path / "grown.sqlite"
    shutil.copy(multilayer.path, grown)
    page = sc.Results(grown).explore()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sc.Results, "_counts", lambda results: (12, 7))
        with pytest.raises(RuntimeError, match=r"more trials came while it was read; allowed: a copy of it"):
            page.html  # noqa: B018


def test_a_port_that_is_taken_is_said(results):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = explore(results.path, "--serve", "--port", port)
    assert (done.returncode, done.stderr) == (1, f"syncache: --port {port}: Address already in use\n")


def test_a_server_answers_those_who_know_the_address(results):
    command = [sys.executable, "-m", "syncache", "explore", str(results.path), "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        address = server.stdout.readline().split()[0]
        page = urllib.request.urlopen(address).read().decode()
        assert described(page)["n"] == 30 and "piece-outcomes" not in page and "connect-src 'self'" in page
        assert gzip.decompress(urllib.request.urlopen(address + "outcomes").read()) == piece_of(results.explore().html, "outcomes")
        origin = re.match(r"http://127\.0\.0\.1:\d+/", address)[0]
        others = urllib.request.Request(address, headers={"Host": "elsewhere.example"})
        for wrong in (origin, origin + "x" * 22 + "/", address + "../secret", others):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(wrong)
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) == 0


def test_the_package_ships_the_page():
    folder = pathlib.Path(sc.__file__).parent / "explorer"
    assert {"page.html", "style.css", "data.js", "numbers.js", "scales.js", "figures.js", "controls.js", "texts.js", "page.js"} <= {one.name for one in folder.iterdir()}
