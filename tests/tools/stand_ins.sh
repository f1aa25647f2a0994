# Sourced by tests of scripts: a folder that goes away with the test, and stand-ins for programs. The script's output is
# expected in $folder/output.
# shellcheck shell=bash

# shellcheck disable=SC2034  # for those that source this
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

fail() { echo "FAILED: $*"; cat "$folder/output"; exit 1; }

# stand_in NAME BODY: a program in $folder.
stand_in() { printf '#!%s\n%s\n' "$(command -v bash)" "$2" >"$folder/$1"; chmod +x "$folder/$1"; }
