#!/usr/bin/env bash
# tools/release knows a wrong version wherever it stands, and changes that nobody described.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
fail() { echo "release: $*" >&2; exit 1; }

"$source/tools/release" --check || fail "versions of the sources differ"

mkdir "$folder/tools"
cp "$source/tools/release" "$source/tools/lib.sh" "$folder/tools/"
cd "$folder"
write() {    # VERSION of each file
    printf 'project(syncache VERSION %s)\n' "$1" >CMakeLists.txt
    printf 'version: %s\n' "$2" >CITATION.cff
    printf '{\n  "version": "%s",\n}\n' "$3" >codemeta.json
    printf '# Changelog\n\n## Unreleased\n\n%b## 1.2.0 - 2026-01-31\n\n- Something.\n' "${4:-}" >CHANGELOG.md
}
write 1.2.0 1.2.0 1.2.0
git init --quiet .
git add .
git -c user.name=test -c user.email=test@example.org commit --quiet -m test
commit() { git -c user.name=test -c user.email=test@example.org commit --quiet --all -m test; }
tools/release --check 1.2.0 || fail "refuses what is right"

refused() {    # WORDS, ARGUMENTS...
    local words=$1
    shift
    ! tools/release --check "$@" 2>err || fail "accepts what is wrong: $words"
    grep -qF "$words" err || fail "says not \"$words\" but: $(cat err)"
}
refused "CMakeLists.txt: VERSION 1.2.0; allowed: 1.3.0" 1.3.0
write 1.2.0 1.1.0 1.2.0; commit
refused "CITATION.cff: version: 1.1.0; allowed: 1.2.0" 1.2.0
refused "CITATION.cff: version: 1.1.0; allowed: 1.2.0"
write 1.2.0 1.2.0 1.1.0; commit
refused "codemeta.json: version 1.1.0; allowed: 1.2.0" 1.2.0
write 1.2.0 1.2.0 1.2.0 '- Not yet described.\n\n'; commit
refused "CHANGELOG.md: there are changes under Unreleased" 1.2.0
write 1.3.0 1.3.0 1.3.0; commit
refused 'CHANGELOG.md: no heading "## 1.3.0 - <date>"' 1.3.0
write 1.2.0 1.2.0 1.2.0
refused "There are changes that are not committed." 1.2.0
