"""How Sphinx makes the site: tools/docs runs it. The repository is the source folder, so that links between its pages are the site's.

Nothing is written for the site alone but docs/_site, the tutorials and the two API pages: README.md is its front page.
"""

import pathlib
import re
import sys

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

repository = pathlib.Path(__file__).absolute().parents[1]
sys.path.insert(0, str(repository / "experiments"))

project = "syncache"
author = "The syncache authors"
copyright = author
release = re.search(r"project\(syncache VERSION ([0-9.]+)", (repository / "CMakeLists.txt").read_text())[1]

extensions = ["myst_nb", "sphinx.ext.autodoc", "breathe", "sphinx_copybutton"]
root_doc = "README"
include_patterns = ["*.md", "docs/**", "*/README.md", "experiments/*/README.md", "host/*/README.md", "kernels/*/README.md", "tests/*/README.md"]
exclude_patterns = ["build", "out", "docs/_site/**", "docs/conf.py"]

html_theme = "furo"
html_title = f"syncache {release}"
html_static_path = ["_site/static"]
html_css_files = ["site.css"]
templates_path = ["_site/templates"]
html_additional_pages = {"index": "index.html"}    # leads to README.html
html_show_sphinx = False
html_copy_source = False

myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
myst_dmath_double_inline = False
copybutton_selector = "div.highlight pre"

nb_execution_mode = "force"
nb_execution_in_temp = True
nb_execution_show_tb = True    # of a cell that fails, which is a warning, and so an error
nb_execution_timeout = 120
nb_merge_streams = True
nb_output_stderr = "remove"    # progress bars

autodoc_typehints = "signature"
autodoc_member_order = "bysource"

breathe_projects = {"syncache": str(repository / "build/docs/doxygen/xml")}
breathe_default_project = "syncache"
breathe_default_members = ("members",)
breathe_show_include = False
suppress_warnings = ["duplicate_declaration.cpp"]    # the namespace syncache, once for each header


def figures():
    """The figures kept in docs/reproduction whose experiments are here: name, title, what the picture shows."""
    report = (repository / "docs/reproduction/README.md").read_text(encoding="utf-8")
    for section in report.split("\n## ")[1:]:
        picture = re.search(r"!\[.*\]\(([\w-]+)\.png\)\n\n\*(.*)\*", section)
        yield picture[1], section.split("\n")[0], picture[2]


def gallery():
    """The pictures, each with its caption and the way to its code."""
    return "\n".join(
        f"## {title}\n\n[![{title}](reproduction/{name}.png)](../experiments/{name}/README.md)\n\n*{caption}*\n\n"
        f"[How it is made](../experiments/{name}/README.md), with its code · [its claims, and what was measured](reproduction/README.md)\n"
        for name, title, caption in figures()
    )


def code_of(name):
    """What makes a figure: files of its folder, whole."""
    folder = repository / "experiments" / name
    parts = [f"\n![The figure](../../docs/reproduction/{name}.png)\n\n## The code behind it\n"]
    for file, language in [("experiment.toml", "toml"), ("quick.toml", "toml"), ("plot.py", "python"), ("claims.toml", "toml")]:
        if (folder / file).exists():
            parts.append(f"### `{file}`\n\n```{{literalinclude}} {file}\n:language: {language}\n```\n")
    return "\n".join(parts)


def complete(app, docname, source):
    """Adds to pages what only the site has: its contents, the gallery, the code of figures, a folder's own folders.
    Links to folders lead to their README.
    """
    path = pathlib.Path(app.env.doc2path(docname))
    if path.suffix != ".md":
        return
    text = source[0]
    text = re.sub(r"\]\(((?:[\w.-]+/)+)\)", lambda link: f"]({link[1]}README.md)" if (path.parent / link[1] / "README.md").exists() else link[0], text)
    if docname == root_doc:
        text += "\n" + (repository / "docs/_site/contents.md").read_text(encoding="utf-8")
    elif docname == "docs/gallery":
        text += "\n" + gallery()
    elif (figure := re.fullmatch(r"experiments/([\w-]+)/README", docname)) and (repository / f"docs/reproduction/{figure[1]}.png").exists():
        text += code_of(figure[1])
    if path.name == "README.md" and docname != root_doc and any(path.parent.glob("*/README.md")):
        text += "\n```{toctree}\n:hidden:\n:glob:\n\n*/README\n```\n"
    source[0] = text


def docstring(app, what, name, thing, options, lines):
    """The package's docstrings are plain text: names in `backticks`, and a paragraph for each parameter, `name: what it is`."""
    text = re.sub(r"(?<!`)`([^`\n]+)`(?!`)", r"``\1``", "\n".join(lines))
    text = re.sub(r"\*", r"\\*", text)
    text = re.sub(r"\|", r"\\|", text)
    text = re.sub(r"^((?:\w+, )*\w+): ", r"\n**\1**: ", text, flags=re.MULTILINE)
    lines[:] = text.split("\n")


# Formulas are MathML, which browsers draw themselves: no script, no network.
def visit_math(self, node):
    self.body.append(tex2mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def visit_displaymath(self, node):
    self.body.append(f'<div class="math">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", inline_renderers=(visit_math, None), block_renderers=(visit_displaymath, None))
    app.connect("source-read", complete)
    app.connect("autodoc-process-docstring", docstring)


html_math_renderer = "mathml"
