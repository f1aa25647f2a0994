#!/usr/bin/env bash
# tools/setup on machines that lack something: stand-ins for apt, dpkg, sudo and id, and nothing else on the PATH.
# shellcheck disable=SC2016  # the stand-ins expand what is in their quotes
set -euo pipefail
# shellcheck source=tests/tools/stand_ins.sh
source "$(dirname "${BASH_SOURCE[0]}")/stand_ins.sh"

# A machine with everything but the packages given; its users are root.
new_machine() {
    rm -rf "${folder:?}/bin"
    mkdir "$folder/bin"
    local tool
    for tool in bash true env dirname awk sed sort comm head cat mktemp rm mkdir; do
        ln -s "$(type -P $tool)" "$folder/bin/$tool"
    done
    for tool in g++ ninja git curl zip unzip; do stand_in bin/$tool true; done
    stand_in bin/cmake 'echo "cmake version 3.25.1"'
    stand_in bin/id 'echo 0'
    printf '%s\n' libgtest-dev libbenchmark-dev libcli11-dev libtomlplusplus-dev libfmt-dev librandom123-dev libsqlite3-dev \
        libboost-math-dev libboost-context-dev nlohmann-json3-dev libssl-dev zlib1g-dev ca-certificates | grep -vxF "$(printf '%s\n' "$@")" >"$folder/installed"
    stand_in bin/dpkg-query "sed 's/.*/installed &:amd64/' $folder/installed"
    stand_in bin/apt-get "echo \"\$@\" >>$folder/apt; while [ \$# -gt 0 ]; do case \$1 in lib*|zlib*|nlohmann*) echo \$1 >>$folder/installed;; esac; shift; done"
    : >"$folder/apt"
}

# Runs tools/setup there: its output in $folder/output, its exit status in $status.
setup() {
    status=0
    env -i PATH="$folder/bin" HOME="$folder" "$(command -v bash)" "$repository/tools/setup" --build-only "$@" \
        >"$folder/output" 2>&1 </dev/null || status=$?
}

new_machine ""
setup --quiet
[ "$status" = 0 ] || fail "everything is there, but the exit status is $status"
[ ! -s "$folder/output" ] || fail "everything is there, but it does not stay quiet"
[ ! -s "$folder/apt" ] || fail "everything is there, but it called apt-get"

new_machine libfmt-dev zlib1g-dev
setup --quiet
[ "$status" = 0 ] || fail "root and apt, but the exit status is $status"
grep -q 'install .* libfmt-dev zlib1g-dev$' "$folder/apt" || fail "expected apt-get to install libfmt-dev zlib1g-dev"

new_machine ""
setup --fuzz
grep -q 'install .* clang-19 libclang-rt-19-dev llvm-19$' "$folder/apt" || fail "--fuzz: expected apt-get to install clang 19 with its sanitizers"

new_machine libfmt-dev
stand_in bin/id 'echo 1000'
setup
[ "$status" = 1 ] || fail "neither root nor sudo, but the exit status is $status"
grep -q '^ *libfmt-dev$' "$folder/output" || fail "neither root nor sudo: it does not list libfmt-dev"
[ ! -s "$folder/apt" ] || fail "neither root nor sudo, but it called apt-get"

stand_in bin/sudo '[ "$1" = -n ] && exit 1; echo "asked for a password" >&2; exit 1'
setup
[ "$status" = 1 ] || fail "sudo wants a password that nobody can give, but the exit status is $status"
! grep -q password "$folder/output" || fail "it asked for a password without a terminal"

stand_in bin/sudo '[ "$1" = -n ] && shift; exec "$@"'
setup
[ "$status" = 0 ] || fail "sudo without a password, but the exit status is $status"
grep -q 'install .* libfmt-dev$' "$folder/apt" || fail "expected sudo apt-get to install libfmt-dev"

new_machine libfmt-dev
rm "$folder/bin/apt-get" "$folder/bin/g++"
setup
[ "$status" = 1 ] || fail "no apt-get, but the exit status is $status"
grep -q '^ *g++ libfmt-dev$' "$folder/output" || fail "no apt-get: it does not list g++ and libfmt-dev"

new_machine ""
stand_in bin/cmake 'echo "cmake version 3.22.1"'
setup
[ "$status" = 1 ] || fail "an old CMake, but the exit status is $status"

if ! [ -x "$repository/build/peers/bin/python" ]; then
    new_machine ""
    setup --peers
    [ "$status" = 1 ] || fail "peers asked for and no Python, but the exit status is $status"
    grep -q 'peers could not be installed' "$folder/output" || fail "no Python: it does not say that the peers are missing"
fi

if ! compgen -G "$repository/build/cuda-tools/lib/python*" >/dev/null && ! [ -x /usr/local/cuda/bin/nvdisasm ]; then
    new_machine ""
    setup --cuda-tools
    [ "$status" = 1 ] || fail "CUDA's tools asked for and no Python, but the exit status is $status"
    grep -q 'cuobjdump and nvdisasm could not be installed' "$folder/output" || fail "no Python: it does not say that CUDA's tools are missing"
fi

setup --nonsense
[ "$status" = 2 ] || fail "an unknown option, but the exit status is $status"
