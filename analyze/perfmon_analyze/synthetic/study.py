"""The study that synthetic runs show: eight jobs on one machine, one after the other."""

from __future__ import annotations

from dataclasses import dataclass, field

from perfmon_analyze.synthetic.training import Rhythm

DATASET = "polemo2"
EPOCHS = 25
PAUSE_SECONDS = 300.0  # between one job's end and the next one's start
SHORTEST_SECONDS = 20.0


@dataclass(frozen=True, kw_only=True)
class StudyJob:
    """One job: its labels, its length and its configuration."""

    stage: str
    model: str
    seconds: float
    variant: str | None = None
    layers: tuple[str, ...] = ()
    batch_items: int | None = None  # where the run records its batches
    config: dict[str, object] = field(default_factory=dict)

    @property
    def series(self) -> str | None:
        """The series of the whole run; a training run has several, told by its metrics."""
        return self.layers[0] if self.stage == "inference" and self.layers else None

    @property
    def rhythm(self) -> Rhythm:
        """How training is divided."""
        return Rhythm(series=max(1, len(self.layers)), epochs=EPOCHS)


def _saving(model: str, hours: float, layers: tuple[str, ...], batch: int) -> StudyJob:
    config = {"layers": list(layers), "batch_size": batch, "dtype": "bfloat16"}
    return StudyJob(stage="activation_saving", model=model, seconds=3600 * hours, config=config)


def _training(model: str, hours: float, layers: tuple[str, ...], width: int) -> StudyJob:
    config = {
        "layers": list(layers),
        "epochs": EPOCHS,
        "learning_rate": 3e-4,
        "k": 64,
        "activation_size": width,
        "dictionary_size": 16 * width,
        "batch_size": 4096,
    }
    return StudyJob(stage="training", model=model, seconds=3600 * hours, layers=layers, config=config)


def _inference(model: str, *, batch: int, detector: str | None = None) -> StudyJob:
    return StudyJob(
        stage="inference",
        model=model,
        variant="detectors" if detector else "baseline",
        seconds=36_000,
        layers=(detector,) if detector else (),
        batch_items=batch if detector else None,
        config={"batch_size": batch, "max_new_tokens": 256} | ({"layer": detector} if detector else {}),
    )


JOBS = (
    _saving("bielik12", 4.5, ("L15", "L20"), 4),
    _saving("bielik45", 52 / 60, ("L28", "L38"), 16),
    _training("bielik12", 7, ("L15", "L20"), 1536),
    _training("bielik45", 9, ("L28", "L38"), 2048),
    _inference("bielik12", batch=16, detector="L15"),
    _inference("bielik45", batch=24, detector="L28"),
    _inference("bielik12", batch=16),
    _inference("bielik45", batch=24),
)


def job_seconds(scale: float) -> list[float]:
    """Seconds that each job takes at a scale.

    Raises:
        ValueError: the scale is not above 0 and at most 10.
    """
    if not 0 < scale <= 10:
        raise ValueError(f"the scale must be above 0 and at most 10, not {scale}")
    return [max(SHORTEST_SECONDS, round(job.seconds * scale, 1)) for job in JOBS]


def default_interval(scale: float) -> float:
    """The default interval in seconds: 60 for whole runs, in proportion for shorter ones, at least 1."""
    return min(60.0, max(1.0, 60 * scale))
