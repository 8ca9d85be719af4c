"""Second stage: train a TopK sparse autoencoder and a linear detector on each layer's activations."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

import perfmon
from sae import checkpoint, command_line, detector, shards, sparse_autoencoder
from sae.adam import Adam, decaying
from sae.device import open_device

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from perfmon import Run
    from sae.device import Array, Device
    from sae.sparse_autoencoder import Evaluation, SparseAutoencoder

_SAMPLE_ROWS = 8192  # that normalisation and detector are computed from

_EXAMPLES = """\
  python train_sae.py
  python train_sae.py --model tiny-1.0M --epochs 20 --expansion 8 --k 32
  perfmon run -- python train_sae.py --activations big/activations --layers L4 --out big/autoencoders"""


def main(words: Sequence[str]) -> int:
    parser = command_line.parser(__doc__, _EXAMPLES)
    command_line.add_folders(
        parser,
        ("--activations", "activations", "what save_activations.py wrote"),
        ("--out", "autoencoders", "folder for the results"),
    )
    command_line.add_layers(parser, "layers to train on (all that were saved)")
    command_line.add_rate(parser, 2e-3)
    command_line.add_counts(
        parser,
        ("--expansion", 4, "features for each dimension of the activations"),
        ("--k", 16, "features that may be active at once"),
        ("--epochs", 8, "times that all activations are seen"),
        ("--batch-size", 512, "activations in a training step"),
    )
    return command_line.run(parser, train_sae, words)


def train_sae(options: argparse.Namespace) -> None:
    """Run the stage."""
    activations = command_line.folder(options, "activations", "activations")
    out = command_line.folder(options, "out", "autoencoders")
    origin = _origin(activations, options.model)
    layers = options.layers or shards.layers(activations, "save_activations.py")
    for layer in layers:
        shards.paths(activations, layer, shards.TRAIN)  # better missed now than after an hour
    device = open_device(options.device)
    shards.clear(out)
    with perfmon.record(
        stage="training",
        model=options.model,
        config={**vars(options), "layers": layers, "device": device.name},
        dataset=str(origin["dataset"]),
        folders=[str(out)],
    ) as run:
        for layer in layers:
            with run.phase(f"train_{layer}"):
                autoencoder = train(activations, layer, device, options=options, run=run, out=out / layer)
            with run.phase(f"fit_detector_{layer}"):
                fit_detector(activations, layer, autoencoder, out / "detectors")
    print(f"autoencoders and detectors of {', '.join(layers)} are in {out}")


def _origin(activations: Path, model: str) -> Mapping[str, object]:
    """What is known of the model that some activations come from.

    Raises:
        OSError: there is no such model.
        ValueError: it is not the one that was named.
    """
    path = checkpoint.latest(activations / "language_model", "save_activations.py")
    facts = checkpoint.load(path).facts
    if facts.get("model") != model:
        raise ValueError(f"{activations} holds activations of {facts.get('model')}, not of {model}")
    return facts


def train(
    activations: Path, layer: str, device: Device, *, options: argparse.Namespace, run: Run, out: Path
) -> SparseAutoencoder:
    """Train one layer's autoencoder, evaluate it after each epoch on what was held out, and write it to the disk."""
    train_shards = shards.paths(activations, layer, shards.TRAIN)
    held_out = shards.paths(activations, layer, shards.HELD_OUT)
    autoencoder = create(_sample(train_shards), options, device)
    optimiser = Adam(autoencoder.parameters, device)
    random = np.random.default_rng(options.seed)
    batches = shards.count_batches(train_shards, options.batch_size)
    for epoch in range(options.epochs):
        losses = []
        shuffled = shards.shuffled(train_shards, options.batch_size, random)
        for number, batch in enumerate(run.timed(shuffled, series=layer, items=len)):
            rate = decaying(options.rate, epoch * batches + number, options.epochs * batches)
            losses.append(step(autoencoder, optimiser, device.asarray(batch), rate))
        evaluation = sparse_autoencoder.evaluate(autoencoder, (device.asarray(np.load(path)) for path in held_out))
        report(run, layer, epoch, sum(losses) / batches, evaluation)
        with run.phase("checkpoint"):
            sparse_autoencoder.save(out / f"epoch-{epoch:05d}.npz", autoencoder)
    return autoencoder


def create(sample: npt.NDArray[np.float32], options: argparse.Namespace, device: Device) -> SparseAutoencoder:
    """An untrained autoencoder for a layer.

    Raises:
        ValueError: more features were asked to be active than there are.
    """
    features = options.expansion * sample.shape[1]
    if options.k > features:
        raise ValueError(f"--k {options.k} is more than the {features} features there are")
    return sparse_autoencoder.create(sample, features=features, k=options.k, seed=options.seed, device=device)


def step(autoencoder: SparseAutoencoder, optimiser: Adam, batch: Array, rate: float) -> float:
    """Learn from one batch of activations; its loss is returned."""
    done = autoencoder.forward(autoencoder.normalise(batch))
    optimiser.step(autoencoder.backward(done), rate)
    autoencoder.constrain()
    return done.loss()


def report(run: Run, layer: str, epoch: int, loss: float, evaluation: Evaluation) -> None:
    """Tell of an epoch, to perfmon and on the terminal.

    The loss is the mean over the epoch's training batches; the other numbers come from activations that were
    held out.
    """
    r2, dead_ratio, l1 = evaluation
    run.log(epoch=epoch, series=layer, loss=loss, r2=r2, dead_features_percent=100 * dead_ratio, l1=l1)
    print(f"{layer}  epoch {epoch:>2}  loss {loss:.4f}  R2 {r2:.4f}  dead {100 * dead_ratio:.2f} %  L1 {l1:.2f}")


def fit_detector(activations: Path, layer: str, autoencoder: SparseAutoencoder, out: Path) -> None:
    """Fit a layer's detector, tell how right it is on what was held out, and write it to the disk."""
    fitted = detector.fit(*_examples(activations, layer, shards.TRAIN, autoencoder), autoencoder.device)
    features, labels = _examples(activations, layer, shards.HELD_OUT, autoencoder)
    precision, recall = detector.quality(fitted.score(features) > fitted.threshold, labels > 0)
    print(f"{layer}  detector  precision {precision:.2f}, recall {recall:.2f}")
    fitted.save(out / f"{layer}.npz", autoencoder.device)


def _examples(activations: Path, layer: str, split: str, autoencoder: SparseAutoencoder) -> tuple[Array, Array]:
    """Features (n, features), and labels (n,): 1 where there is something to detect, else 0."""
    asarray = autoencoder.device.asarray
    rows = asarray(_sample(shards.paths(activations, layer, split)))
    labels = _sample(shards.paths(activations, shards.LABELS, split)).astype(np.float32)
    return autoencoder.encode(autoencoder.normalise(rows)), asarray(labels)


def _sample(paths: Sequence[Path]) -> npt.NDArray[Any]:
    """The first rows of some shards, as many as a sample has."""
    rows: list[npt.NDArray[Any]] = []
    for path in paths:
        rows.append(np.load(path))
        if sum(map(len, rows)) >= _SAMPLE_ROWS:
            break
    return np.concatenate(rows)[:_SAMPLE_ROWS]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
