"""What the command lines of the three programs share: options, and how a failure is told."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sae import device, language_model, text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SIZES = tuple(language_model.SIZES)


def parser(description: str, examples: str) -> argparse.ArgumentParser:
    """A parser with the options that every program has."""
    made = argparse.ArgumentParser(
        description=f"{description}\n\nThe number in a model's name is its parameters, in millions.",
        epilog=f"examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("--model", choices=SIZES, default=SIZES[0], help="size of the language model (%(default)s)")
    made.add_argument("--seed", type=_natural, default=0, metavar="N", help="same seed, same numbers (%(default)s)")
    made.add_argument(
        "--device", choices=device.CHOICES, default="auto", help="cuda needs PyTorch and a GPU (%(default)s)"
    )
    return made


def add_text(parser: argparse.ArgumentParser) -> None:
    """Add the option for programs that read text."""
    parser.add_argument(
        "--text", default=text.STANDARD_LIBRARY, metavar="DIR", help="Python sources to read (the standard library)"
    )


def add_folders(parser: argparse.ArgumentParser, *options: tuple[str, str, str]) -> None:
    """Add options for folders, each as (option, default below outputs/MODEL, meaning); `folder` reads them."""
    for name, default, meaning in options:
        parser.add_argument(name, metavar="DIR", help=f"{meaning} (outputs/MODEL/{default})")


def folder(options: argparse.Namespace, name: str, default: str) -> Path:
    """The folder that an option names, or its default."""
    return Path(getattr(options, name) or Path("outputs", options.model, default))


def add_layers(parser: argparse.ArgumentParser, meaning: str) -> None:
    """Add the option that names layers."""
    parser.add_argument("--layers", nargs="+", type=_layer, metavar="L", help=meaning)


def add_counts(parser: argparse.ArgumentParser, *options: tuple[str, int, str]) -> None:
    """Add options for whole numbers above 0, each as (option, default, meaning)."""
    for name, default, meaning in options:
        parser.add_argument(name, type=_positive, default=default, metavar="N", help=f"{meaning} (%(default)s)")


def add_rate(parser: argparse.ArgumentParser, default: float) -> None:
    """Add the option for a learning rate."""
    parser.add_argument("--rate", type=_rate, default=default, metavar="X", help="learning rate at first (%(default)s)")


def dataset(options: argparse.Namespace) -> str:
    """What the text is called in a recording."""
    return "python-stdlib" if options.text == text.STANDARD_LIBRARY else str(options.text)


def _natural(word: str) -> int:
    """A whole number from 0 on."""
    return _at_least(0, word)


def _positive(word: str) -> int:
    """A whole number from 1 on."""
    return _at_least(1, word)


def _layer(word: str) -> str:
    """The name of a layer, such as `L2`."""
    if not (word[:1] == "L" and word[1:].isdecimal()):
        raise argparse.ArgumentTypeError(f"{word!r} is not a layer; layers are called L1, L2 and so on")
    return word


def _at_least(least: int, word: str) -> int:
    if not word.isdecimal() or int(word) < least:
        raise argparse.ArgumentTypeError(f"{word!r} is not a whole number from {least} on")
    return int(word)


def _rate(word: str) -> float:
    """A number above 0 and at most 1."""
    try:
        if 0 < float(word) <= 1:
            return float(word)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{word!r} is not a number above 0 and at most 1")


def run(parser: argparse.ArgumentParser, program: Callable[[argparse.Namespace], None], words: Sequence[str]) -> int:
    """Run a program and return its exit status; what it could not do is told in one line."""
    options = parser.parse_args(words)
    try:
        program(options)
    except (OSError, ValueError) as error:
        print(f"{parser.prog}: {error}", file=sys.stderr)
        return 1
    return 0
