#!/usr/bin/env bash
# The site can be built, and broken links are found: test_docs.sh PACKAGE. PACKAGE: the folder of the built Python package.
# Exits with 77 where tools/setup --docs has not run, having said why.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
package=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() { echo "docs: $*" >&2; exit 1; }
page() { printf '<html><body id="top">%s</body></html>\n' "$2" >"$folder/$1.html"; }
links() { python3 "$source/tools/check_links.py" "$folder" >"$folder/found"; }
page a '<a href="b.html#top">b</a> <a href="#top">here</a> <a href="https://example.org/x">elsewhere</a>'
page b '<a href="a.html">a</a>'
links || fail "good links are called broken: $(cat "$folder/found")"
page b '<a href="c.html">c</a>'
! links || fail "a link to no file is not found"
page b '<a href="a.html#bottom">a</a>'
! links || fail "a link to no place is not found"
page b '<script src="https://example.org/x.js"></script>'
! links || fail "a script that needs a network is not found"

if [ ! -x "$source/build/docs/venv/bin/python" ] || ! command -v doxygen >/dev/null; then
    echo "Skipped: the site is not built: tools/setup --docs makes what it needs"
    exit 77
fi
if ! compgen -G "$package/syncache/_core*.so" >/dev/null; then
    echo "Skipped: the site is not built: $package has no Python package (CMake's SYNCACHE_PYTHON is OFF)"
    exit 77
fi
"$source/tools/docs" --package "$package"
