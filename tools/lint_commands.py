"""Writes build/lint/compile_commands.json for tools/lint and prints the files to check.

usage: lint_commands.py BUILD FILE...

BUILD is a configured build folder. A source that the build compiles keeps its command (the first, where it is compiled more
than once); a header gets the include paths and definitions of all commands together. Sources that the build does not know, such
as those of the CUDA backend, are left out.
"""

import json
import pathlib
import shlex
import sys


def main(build: pathlib.Path, files: list[str]) -> None:
    root = pathlib.Path.cwd()
    commands: dict[str, dict] = {}
    shared: dict[str, None] = {}  # in their order, each once
    for entry in json.loads((build / "compile_commands.json").read_text()):
        commands.setdefault(entry["file"], entry)
        words = shlex.split(entry["command"])
        for word, following in zip(words, [*words[1:], ""]):
            if word == "-isystem":
                shared[f"-isystem {shlex.quote(following)}"] = None
            elif word.startswith("-I"):
                shared[shlex.quote(word)] = None
    compiler = shlex.split(next(iter(commands.values()))["command"])[0]
    flags = "-std=c++20 -Wall -Wextra -Wshadow -Wno-pragma-once-outside-header -Wno-unused-const-variable -DSYNCACHE_ISA=baseline " + " ".join(shared)
    chosen = []
    for file in files:
        path = str(root / file)
        if file.endswith(".hpp"):
            command = f"{compiler} {flags} -x c++ -c {shlex.quote(path)}"
            chosen.append({"directory": str(root), "file": path, "command": command})
        elif path in commands:
            chosen.append(commands[path])
    (root / "build/lint/compile_commands.json").write_text(json.dumps(chosen, indent=1))
    print("\n".join(entry["file"] for entry in chosen))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])
