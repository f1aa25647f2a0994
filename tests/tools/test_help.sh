#!/usr/bin/env bash
# --help prints how a script is used and does nothing else: every other program is a stand-in that complains.
set -euo pipefail
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"
for tool in apt apt-get sudo cmake ctest ninja g++ dpkg-query git python3 sbatch nproc; do
    printf '#!/bin/sh\necho "%s was called" >&2\nexit 99\n' "$tool" >"$folder/bin/$tool"
    chmod +x "$folder/bin/$tool"
done
for script in setup test quickstart python docs release release-check fuzz sanitize gpu-check slurm/submit; do
    for option in --help -h; do
        PATH=$folder/bin:$PATH "$source/tools/$script" $option >"$folder/out" 2>"$folder/err" ||
            { cat "$folder/err" >&2; echo "tools/$script $option failed" >&2; exit 1; }
        [ ! -s "$folder/err" ] || { cat "$folder/err" >&2; echo "tools/$script $option did more than help" >&2; exit 1; }
        grep -q "^usage: tools/$script" "$folder/out" || { echo "tools/$script $option does not say how it is used" >&2; exit 1; }
    done
done
