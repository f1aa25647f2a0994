"""syncache explore: a page of results in a file, or from a server of this machine."""

from __future__ import annotations

import argparse
import re
import secrets
import shlex
import sys
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NoReturn

from syncache._explore import Data, Page, data_of, page_of, served_page
from syncache._results import Results


class _Words(argparse.ArgumentParser):
    """Says what is wrong in one line, as the program does."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"syncache: {message} (see syncache explore --help)\n")


def explore(words: list[str]) -> int:
    """Runs the command; returns its exit code: 0, 1 failed, 2 wrong usage, 130 interrupted."""
    options = _parser().parse_args(words)
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            results = Results(options.results)
            results._prices = {name.strip(): values for name, _, values in (price.partition("=") for price in options.price)}
            if options.complete and results.missing:
                raise RuntimeError(f"{options.results}: {results.missing} trials are missing; allowed: a complete file, or without --complete")
            results._warn_if_partial()
            command = shlex.join(["syncache", "explore", *words])
            made: Data | Page = data_of(results, options.where, command) if options.serve else page_of(results, options.where, command)
        for one in said:
            print(f"syncache: warning: {one.message}", file=sys.stderr)
        if isinstance(made, Data):
            return _serve(made, options.port)
        print(made.save(options.output or results.path.with_suffix(".html")))
    except FileNotFoundError as error:
        return _complain(error, 2 if error.filename == options.results else 1)
    except ValueError as error:
        return _complain(error, 2)
    except (OSError, RuntimeError, ImportError) as error:
        return _complain(error, 1)
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Words(prog="syncache explore", allow_abbrev=False, description="Makes one page of HTML of results, to explore in a browser.")
    parser.add_argument("results", help="results file")
    parser.add_argument("-o", "--output", metavar="FILE", help="the page (default: beside the results, .html)")
    parser.add_argument("--where", default="", metavar="SQL", help='only trials that meet a condition, as "tau = 300 AND converged"')
    parser.add_argument("--price", action="append", default=[], metavar="KEY=[...]", help="begin at these prices instead of the experiment's")
    parser.add_argument("--complete", action="store_true", help="refuse results that lack trials of their experiment, rather than warn")
    parser.add_argument("--serve", action="store_true", help="show it from this program instead, to browsers of this machine alone, until Ctrl-C")
    parser.add_argument("--port", type=_port, default=0, metavar="N", help="of --serve (default: one that is free)")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text}; allowed: 0 to 65535")
    return int(text)


def _complain(error: Exception, code: int) -> int:
    message = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    message = re.sub(r"^(?=(price|where) )", "--", " ".join(message.split()))
    print(f"syncache: {message}", file=sys.stderr)
    return code


def _serve(data: Data, port: int) -> int:
    """Answers browsers of this machine that know the address, in which a random word stands, until Ctrl-C."""
    word = secrets.token_urlsafe(16)
    page = served_page(data).encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            place = self.path.partition("?")[0]
            name = place[len(word) + 2 :] if place.startswith(f"/{word}/") else None
            if name is None or self.headers.get("Host") not in hosts:  # another page's script may know no more than the port
                self.send_error(404)
            elif name == "":
                self.answer(page, "text/html; charset=utf-8")
            elif name in data.pieces:
                self.answer(data.pieces[name](), "application/octet-stream")
            else:
                self.send_error(404)

        def answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing of each request."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise OSError(error.errno, error.strerror, f"--port {port}") from None
    with server:
        hosts = {f"{name}:{server.server_port}" for name in ("127.0.0.1", "localhost")}
        print(f"http://127.0.0.1:{server.server_port}/{word}/ (until Ctrl-C)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0
