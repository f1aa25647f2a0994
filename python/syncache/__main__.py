"""The program syncache: python -m syncache --help."""

import signal
import sys

from syncache import _core


def main() -> int:
    """Runs the command line; returns its exit code: 0, 1 failed, 2 wrong usage, 130 interrupted."""
    if sys.argv[1:2] == ["explore"]:  # the only command that is Python's
        from syncache._explore_command import explore

        return explore(sys.argv[2:])
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # the program has its own ways with Ctrl-C
    return _core.command_line(["syncache", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
