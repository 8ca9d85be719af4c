"""First stage: train a small language model, and write the activations of some of its layers to disk."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

import perfmon
from sae import command_line, language_model, shards, text
from sae.adam import Adam, decaying
from sae.device import open_device
from sae.language_model import LanguageModel

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from pathlib import Path

    from perfmon import Run
    from sae.device import Device
    from sae.text import Bytes, Text

_LAYERS = {"tiny-0.4M": ("L2", "L3", "L4"), "tiny-1.0M": ("L2", "L4", "L6")}

_EXAMPLES = """\
  python save_activations.py
  python save_activations.py --model tiny-1.0M --steps 400
  perfmon run -- python save_activations.py --layers L1 L4 --out big/activations --tokens 200000"""


def main(words: Sequence[str]) -> int:
    parser = command_line.parser(__doc__, _EXAMPLES)
    command_line.add_text(parser)
    command_line.add_folders(parser, ("--out", "activations", "folder for the results"))
    command_line.add_layers(parser, "layers to save (three of them)")
    command_line.add_rate(parser, 2e-3)
    command_line.add_counts(
        parser,
        ("--steps", 500, "training steps of the language model"),
        ("--batch-size", 256, "windows of text in one of them"),
        ("--checkpoint-every", 100, "training steps between two checkpoints"),
        ("--tokens", 20480, "positions in the text to save the activations of"),
        ("--held-out-tokens", 8192, "the same, from text that was held out"),
        ("--shard-size", 1024, "positions in one file"),
    )
    return command_line.run(parser, save_activations, words)


def save_activations(options: argparse.Namespace) -> None:
    """Run the stage."""
    out = command_line.folder(options, "out", "activations")
    layers = _layers(options)
    device = open_device(options.device)
    shards.clear(out)
    with perfmon.record(
        stage="activation_saving",
        model=options.model,
        config={**vars(options), "layers": layers, "device": device.name},
        dataset=command_line.dataset(options),
        folders=[str(out)],
    ) as run:
        with run.phase("read_text"):
            corpus = text.read_text(options.text)
        with run.phase("train_language_model"):
            model = train(corpus.train, options, device, run, out)
        with run.phase("save_activations"):
            save(corpus, model, layers, options=options, run=run, out=out)
    print(f"activations of {', '.join(layers)} are in {out}")


def _layers(options: argparse.Namespace) -> list[str]:
    """The layers asked for, or the model's own choice.

    Raises:
        ValueError: the model has no such layer.
    """
    deepest = language_model.SIZES[options.model].layers
    for name in options.layers or ():
        if not 1 <= int(name[1:]) <= deepest:
            raise ValueError(f"{options.model} has the layers L1 to L{deepest}, and no {name}")
    return options.layers or list(_LAYERS[options.model])


def train(train_text: Bytes, options: argparse.Namespace, device: Device, run: Run, out: Path) -> LanguageModel:
    """Train a language model, and write it to the disk every so many steps."""
    size = language_model.SIZES[options.model]
    parameters = language_model.initial_parameters(size, options.seed)
    print(f"{options.model}: {sum(values.size for values in parameters.values()):,} parameters on {device.name}")
    model = LanguageModel(parameters, size, device)
    optimiser = Adam(model.parameters, device)
    random = np.random.default_rng(options.seed)
    facts = {"model": options.model, "dataset": command_line.dataset(options)}
    losses = []
    for step in range(1, options.steps + 1):
        positions = text.draw_positions(train_text, options.batch_size, random)
        trace, targets = model.read(train_text, positions)
        losses.append(float(model.losses(trace, targets).mean()))
        optimiser.step(model.backward(trace, targets), decaying(options.rate, step - 1, options.steps))
        if step % options.checkpoint_every == 0 or step == options.steps:
            loss = sum(losses) / len(losses)
            losses.clear()
            print(f"step {step:>5}  loss {loss:.3f} nats per byte")
            run.log(step=step, language_model_loss=loss)
            with run.phase("checkpoint"):
                language_model.save(out / "language_model" / f"step-{step:05d}.npz", model, facts)
    return model


def save(
    corpus: Text,
    model: LanguageModel,
    layers: Sequence[str],
    *,
    options: argparse.Namespace,
    run: Run,
    out: Path,
) -> None:
    """Write the activations at random positions of both splits, shard by shard."""
    random = np.random.default_rng(options.seed + 1)
    for split, source, tokens in (
        (shards.TRAIN, corpus.train, options.tokens),
        (shards.HELD_OUT, corpus.held_out, options.held_out_tokens),
    ):
        drawn = text.draw_positions(source, tokens, random)
        batches = [drawn[start : start + options.shard_size] for start in range(0, tokens, options.shard_size)]
        for number, positions in enumerate(run.timed(batches, items=len)):
            trace, _ = model.read(source, positions)
            for name in layers:
                activations = model.device.numpy(trace.residual[int(name[1:])])
                shards.write(out, name, split, number, activations)
            shards.write(out, shards.LABELS, split, number, text.in_indentation(source, positions))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
