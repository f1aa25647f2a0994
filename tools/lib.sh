# Shared by the scripts of tools/; sourced, never run. Needs bash.
# shellcheck shell=bash

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Print each argument as a line.
say() { printf '%s\n' "$@"; }
warn() { printf '%s\n' "$@" >&2; }
die() { warn "$@"; exit 1; }

# Runs a command and shows what it printed only if it fails, or in CI. First argument: what is being done.
quietly() {
    local what=$1 log status=0
    shift
    if [ -n "${CI:-}" ]; then
        say "== $what"
        "$@"
        return
    fi
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then
        cat "$log" >&2
        warn "$what failed: $*"
    fi
    rm -f "$log"
    return "$status"
}

# Configures build/release unless that is done. Later changes of CMake's files are picked up by the build itself.
configure_release() {
    if [ ! -f "$repository/build/release/build.ninja" ]; then
        say "Configuring build/release"
        (cd "$repository" && quietly "Configuring" cmake --preset release)
    fi
}

# Builds a target ("all": everything) in build/release on all cores.
build_release() {
    (cd "$repository" && cmake --build --preset release --parallel "$(nproc)" --target "$1")
}

# Whether that Python is 3.9 or newer and has what the plots need. Modules are found, not imported: that takes seconds.
python_can_plot() {
    "$1" - >/dev/null 2>&1 <<'PYTHON'
import importlib.util, sys
ready = sys.version_info >= (3, 9) and all(map(importlib.util.find_spec, ("numpy", "pandas", "matplotlib")))
sys.exit(0 if ready else 1)
PYTHON
}

# Prints the first Python that can plot; fails if there is none. A chosen $SYNCACHE_PYTHON is never passed over.
find_python() {
    local candidate
    if [ -n "${SYNCACHE_PYTHON:-}" ]; then
        python_can_plot "$SYNCACHE_PYTHON" ||
            die "SYNCACHE_PYTHON=$SYNCACHE_PYTHON: not a Python 3.9 or newer with numpy, pandas and matplotlib"
        say "$SYNCACHE_PYTHON"
        return
    fi
    for candidate in "$(command -v python3 || true)" /usr/bin/python3 "$repository/build/venv/bin/python"; do
        if [ -n "$candidate" ] && python_can_plot "$candidate"; then
            say "$candidate"
            return
        fi
    done
    return 1
}

# Lets a syncache program that was built elsewhere find this machine's cuBLAS, which it opens when it needs it: in the
# toolkit, or in Python's packages.
find_cublas() {
    local program=$1 library packages folder known folders
    library=$("$program" --version 2>/dev/null | sed -n 's/^build .* CUDA \([0-9]*\)\..*/libcublas.so.\1/p') || true
    [ -n "$library" ] || return 0   # it was built without CUDA, and says so when it is asked for its devices
    known=$(ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null) || true
    [[ $known != *"$library "* ]] || return 0
    packages=$(python3 -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])' 2>/dev/null) || true
    IFS=: read -r -a folders <<<"${LD_LIBRARY_PATH:-}"
    for folder in "${folders[@]}" /usr/local/cuda*/lib64 /usr/local/cuda*/targets/*/lib "${packages:-/nowhere}"/nvidia/*/lib; do
        if [ -e "$folder/$library" ]; then
            export LD_LIBRARY_PATH="$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
            return 0
        fi
    done
    die "$program needs $library, which is neither in /usr/local/cuda* nor among Python's nvidia packages." \
        "Put its folder into LD_LIBRARY_PATH."
}

# The GPUs that a syncache program can use, a line each; fails, with the program's reason, if there is none.
list_gpus() {
    local devices
    devices=$("$1" devices) || die "$1 devices: failed"
    grep '^cuda [0-9]' <<<"$devices" && return 0
    sed -n -e 's/^cuda *none: //p' -e 's/^cuda *not usable: //p' <<<"$devices" >&2
    return 1
}
