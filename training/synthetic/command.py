"""The command `cxr-lens data synthesize`: a folder of synthetic films with known lesions."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from ..console import CommandParser, say
from .dataset import Split, write_dataset


def synthesize_command(arguments: list[str]) -> int:
    """Draw the films asked for after `data synthesize`; 0 when done, `RequestError` when asked wrongly."""
    parser = CommandParser(
        "data synthesize", "Draw synthetic chest radiographs with known lesions, CheXpert's layout."
    )
    parser.add_argument("--n", type=int, required=True, help="how many films")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets synthetic-<domain>/")
    parser.add_argument("--seed", type=int, default=0, help="the same seed draws the same films")
    parser.add_argument(
        "--domain", choices=("A", "B"), default="B", help="A: older plates; B: digital, hospital-like"
    )
    parser.add_argument("--size", type=int, default=512, help="pixels on a side")
    parser.add_argument("--split", choices=get_args(Split), default="train", help="which table they go into")
    parser.add_argument("--workers", type=int, default=2, help="processes; changes nothing in the films")
    asked = parser.parse_args(arguments)
    folder = write_dataset(
        asked.out, asked.n, asked.seed, asked.domain, asked.size, asked.workers, asked.split, progress=True
    )
    say(f"{asked.n} films: {folder / (asked.split + '.csv')}, boxes in {folder / 'boxes.csv'}")
    return 0
