"""What every command shares: a parser whose mistakes exit 2 in one sentence, one JSON document, notes to stderr."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, NoReturn

from .errors import RequestError


class CommandParser(argparse.ArgumentParser):
    """argparse whose mistakes become a `RequestError`, so that they read like every other wrong request."""

    def __init__(self, command: str, about: str):
        super().__init__(
            prog=f"cxr-lens {command}",
            description=about,
            allow_abbrev=False,
            formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        )

    def error(self, message: str) -> NoReturn:
        raise RequestError(f"{message} (see {self.prog} --help)")


def print_json(document: Any) -> None:
    """The one JSON document of a `--json` run, on stdout."""
    json.dump(document, sys.stdout, indent=1, allow_nan=False)
    sys.stdout.write("\n")


def say(message: str) -> None:
    """Progress and remarks, on stderr."""
    print(message, file=sys.stderr, flush=True)
