"""Third stage: score held-out text with the language model, with the detectors watching or without."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

import perfmon
from sae import checkpoint, command_line, language_model, shards, text
from sae.device import open_device
from sae.watcher import load_watchers

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from perfmon import Run
    from sae.device import Device
    from sae.language_model import LanguageModel
    from sae.text import Bytes
    from sae.watcher import Watcher

_EXAMPLES = """\
  python run_inference.py --detectors
  python run_inference.py --baseline --model tiny-1.0M
  perfmon run -- python run_inference.py --detectors --layers L4 --batches 1000"""


def main(words: Sequence[str]) -> int:
    parser = command_line.parser(__doc__, _EXAMPLES)
    variant = parser.add_mutually_exclusive_group(required=True)
    for name, meaning in (
        ("detectors", "watch layers with their autoencoders and detectors, and write what they find"),
        ("baseline", "run the language model alone"),
    ):
        variant.add_argument(f"--{name}", dest="variant", action="store_const", const=name, help=meaning)
    command_line.add_folders(
        parser,
        ("--activations", "activations", "where save_activations.py left the language model"),
        ("--autoencoders", "autoencoders", "what train_sae.py wrote"),
        ("--out", "inference-VARIANT", "folder for what the detectors find"),
    )
    command_line.add_text(parser)
    command_line.add_layers(parser, "layers to watch (the last)")
    command_line.add_counts(parser, ("--batches", 600, "batches to run"), ("--batch-size", 1024, "positions in one"))
    return command_line.run(parser, run_inference, words)


def run_inference(options: argparse.Namespace) -> None:
    """Run the stage."""
    device = open_device(options.device)
    model = _model(options, device)
    out = command_line.folder(options, "out", f"inference-{options.variant}")
    watchers: list[Watcher] = []
    if options.variant == "detectors":
        autoencoders = command_line.folder(options, "autoencoders", "autoencoders")
        watchers = load_watchers(autoencoders, options.layers, device)
    shards.clear(out)
    with perfmon.record(
        stage="inference",
        model=options.model,
        variant=options.variant,
        series="+".join(watcher.layer for watcher in watchers) or None,
        config={**vars(options), "device": device.name},
        dataset=command_line.dataset(options),
        folders=[str(out)],
    ) as run:
        with run.phase("read_text"):
            held_out = text.read_text(options.text).held_out
        score(held_out, model, watchers, options=options, run=run, out=out)


def _model(options: argparse.Namespace, device: Device) -> LanguageModel:
    folder = command_line.folder(options, "activations", "activations") / "language_model"
    return language_model.load(checkpoint.latest(folder, "save_activations.py"), options.model, device)


def score(
    held_out: Bytes,
    model: LanguageModel,
    watchers: list[Watcher],
    *,
    options: argparse.Namespace,
    run: Run,
    out: Path,
) -> None:
    """Score the text batch by batch, and tell how well the model did and how much each detector found."""
    total, detections = 0.0, dict.fromkeys((watcher.layer for watcher in watchers), 0)
    batches = (text.consecutive_positions(held_out, options.batch_size, n) for n in range(options.batches))
    for number, positions in enumerate(run.timed(batches, items=len)):
        trace, targets = model.read(held_out, positions)
        losses = model.device.numpy(model.losses(trace, targets))
        shards.write(out, "scores", "losses", number, losses)
        total += float(losses.mean())
        for watcher in watchers:
            found = watcher.watch(trace.residual, positions)
            shards.write(out, watcher.layer, "detections", number, found)
            detections[watcher.layer] += len(np.unique(found["position"]))
    print(f"{options.batches} batches, loss {total / options.batches:.3f} nats per byte")
    for layer, count in detections.items():
        print(f"{layer}  detected {100 * count / (options.batches * options.batch_size):.1f} % of the positions")
    print(f"scores and detections are in {out}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
