"""Training with real frameworks is the same, recorded or not: order of samples, results, ranks, workers."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from tests.conftest import PERFMON
from tests.monitor.instrument.test_run import pipeline, query

REQUIRED = "PERFMON_TEST_FRAMEWORKS"  # set where these tests must not be skipped: they take a minute
RUN = (PERFMON, "run", "--quiet", "--gpu", "none", "--")
SETTINGS = {"OMP_NUM_THREADS": "1", "KERAS_BACKEND": "torch", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}


def train(folder: Path, code: str, *frameworks: str) -> None:
    """Train without perfmon's timing, with it outside of any run, and recorded: what is printed must be the same."""
    missing = [name for name in ("torch", *frameworks) if importlib.util.find_spec(name) is None]
    if missing and not os.environ.get(REQUIRED):
        pytest.skip(f"not installed: {', '.join(missing)}; see scripts/frameworks-requirements.txt")
    for name in ("plain", "outside", "recorded"):
        (folder / name).mkdir()
        (folder / name / "train.py").write_text("import perfmon\n" + code)
    start = "import runpy; runpy.run_path('train.py', run_name='__main__')"
    plain = pipeline(folder / "plain", start, **SETTINGS, PERFMON_DISABLE="1")
    outside = pipeline(folder / "outside", start, **SETTINGS)
    recorded = pipeline(folder / "recorded", start, *RUN, **SETTINGS)

    assert [done.returncode for done in (plain, outside, recorded)] == [0, 0, 0], recorded.stderr
    assert plain.stdout
    assert _lines(plain.stdout) == _lines(outside.stdout) == _lines(recorded.stdout)
    assert "can only test a child process" not in recorded.stderr
    assert "perfmon" not in recorded.stderr


def _lines(printed: str) -> list[str]:
    """What was printed, in any order of ranks, without how long it took."""
    return sorted(line for line in printed.splitlines() if "train_runtime" not in line)


DATA = """
import torch
from torch.utils.data import DataLoader, Dataset, TensorDataset
torch.manual_seed(0)
x = torch.randn(80, 8)
data = TensorDataset(x, x.sum(1, keepdim=True))
class Numbers(Dataset):
    def __len__(self): return 64
    def __getitem__(self, i): return torch.tensor(i)
"""

WORKERS = (
    DATA
    + """
import multiprocessing
def main():
    for workers, context, persistent in [(0, None, False)] + [
        (2, context, persistent) for context in ("fork", "spawn", "forkserver") for persistent in (False, True)
    ]:
        torch.manual_seed(1)
        loader = perfmon.timed(DataLoader(Numbers(), 8, shuffle=True, num_workers=workers,
                                          multiprocessing_context=context, persistent_workers=persistent), items=len)
        print(workers, context, persistent, isinstance(loader, DataLoader), len(loader), len(loader.dataset))
        for _ in range(2):
            print([batch.tolist() for batch in loader], len(multiprocessing.active_children()))
        iterator = iter(loader)
        print([next(iterator).tolist() for _ in range(8)])
        del iterator, loader
        print(len(multiprocessing.active_children()))
if __name__ == "__main__":
    main()
"""
)


def test_plain_pytorch(tmp_path: Path) -> None:
    """Any kind of workers: the same order in each epoch, the last batch counted, no worker left."""
    train(tmp_path, WORKERS)

    assert query(tmp_path / "recorded", "select count(*), sum(items) from batch") == [(7 * 3 * 8, 7 * 3 * 64)]


TRAINER = (
    DATA
    + """
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments
seen = []
class Words(Dataset):
    def __len__(self): return 64
    def __getitem__(self, i):
        seen.append(i)
        return {"input_ids": torch.full((16,), i), "labels": i % 2}
class Timed(Trainer):
    def get_train_dataloader(self): return perfmon.timed(super().get_train_dataloader())
model = BertForSequenceClassification(BertConfig(vocab_size=100, hidden_size=32, num_hidden_layers=1,
                                                 num_attention_heads=2, intermediate_size=64))
done = Timed(model, TrainingArguments("out", num_train_epochs=2, per_device_train_batch_size=8, report_to=[],
    save_strategy="no", disable_tqdm=True, use_cpu=True, accelerator_config={"use_seedable_sampler": True}),
    train_dataset=Words()).train()
print(seen, seen[:64] == seen[64:128], done.training_loss)
"""
)


def test_transformers_trainer(tmp_path: Path) -> None:
    """Each epoch has an order of its own, and all batches of both count."""
    train(tmp_path, TRAINER.replace("print(seen", "print('seen', seen"), "transformers", "accelerate")

    assert query(tmp_path / "recorded", "select count(*) from batch") == [(16,)]


LIGHTNING = (
    DATA
    + """
import sys, lightning
class Model(lightning.LightningModule):
    def __init__(self): super().__init__(); self.layer, self.samples = torch.nn.Linear(8, 1), 0
    def training_step(self, batch, _):
        self.samples += len(batch[0])
        return (self.layer(batch[0]) - batch[1]).pow(2).mean()
    def validation_step(self, batch, _): pass
    def on_train_epoch_end(self):
        sys.stdout.write(f"rank {self.global_rank}: {self.samples}\\n"); self.samples -= self.samples
    def configure_optimizers(self): return torch.optim.SGD(self.parameters(), 1e-2)
if __name__ == "__main__":
    torch.manual_seed(1)
    model = Model()
    quiet = dict(enable_progress_bar=False, logger=False, enable_checkpointing=False, enable_model_summary=False)
    train = perfmon.timed(DataLoader(data, 10, shuffle=True, num_workers=WORKERS, persistent_workers=WORKERS > 0))
    check = perfmon.timed(DataLoader(data, 40), series="validation")
    lightning.Trainer(max_epochs=2, accelerator="cpu", devices=DEVICES, strategy=STRATEGY, **quiet).fit(
        model, train, check)
    sys.stdout.write(f"{model.layer.weight.tolist()}\\n")
"""
)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_lightning(tmp_path: Path, workers: str) -> None:
    """One process: the same weights, and batches of training and validation apart."""
    code = LIGHTNING.replace("WORKERS", workers).replace("DEVICES", "1").replace("STRATEGY", "'auto'")
    train(tmp_path, code, "lightning")

    assert query(tmp_path / "recorded", "select series, count(*) >= 4 from batch group by 1 order by 1") == [
        ("validation", True),
        (None, True),
    ]
    assert query(tmp_path / "recorded", "select count(*) from batch where series is null") == [(16,)]


def test_lightning_on_two_ranks(tmp_path: Path) -> None:
    """DDP puts its sampler in: each rank trains on its half."""
    code = LIGHTNING.replace("WORKERS", "0").replace("DEVICES", "2").replace("STRATEGY", "'ddp'")
    train(tmp_path, code, "lightning")

    (count,) = query(tmp_path / "recorded", "select count(*) from batch where series is null")
    assert count >= (8,)  # Lightning ends ranks other than 0 as it likes


KERAS = (
    DATA
    + """
import keras
keras.utils.set_random_seed(0)
model = keras.Sequential([keras.layers.Dense(4, activation="relu"), keras.layers.Dense(1)])
model.compile("adam", "mse")
print(model.fit(perfmon.timed(DataLoader(data, 10)), epochs=2, verbose=0).history["loss"])
def endless():
    while True: yield x.numpy()[:10], x.sum(1, keepdim=True).numpy()[:10]
print(model.fit(perfmon.timed(endless(), series="generator"), epochs=1, steps_per_epoch=3, verbose=0).history["loss"])
"""
)


def test_keras(tmp_path: Path) -> None:
    """A timed loader and a timed generator are what Keras takes for a loader and a generator."""
    train(tmp_path, KERAS, "keras")

    counted = "select count(*) from batch where series is null"
    assert query(tmp_path / "recorded", counted) == [(17,)]  # it looks at the first one before it trains


ACCELERATE = (
    DATA
    + """
from accelerate import Accelerator
accelerator = Accelerator(cpu=True)
before = accelerator.prepare(perfmon.timed(DataLoader(Numbers(), 8, shuffle=True)))
after = perfmon.timed(accelerator.prepare(DataLoader(Numbers(), 8, shuffle=True)))
for loader in (before, after):
    print(isinstance(loader, DataLoader), type(loader).__name__, len(loader), loader.total_batch_size)
    for epoch in range(2):
        loader.set_epoch(epoch)
        print([batch.tolist() for batch in loader])
"""
)


def test_accelerate(tmp_path: Path) -> None:
    """It prepares a timed loader as a loader; one that is timed after that is timed."""
    train(tmp_path, ACCELERATE, "accelerate")

    assert query(tmp_path / "recorded", "select count(*) from batch") == [(16,)]
