"""Look at what scripts/demo made: every run sound, every picture there, and the pipeline's figures plausible."""

from __future__ import annotations

import json
import sys
from pathlib import Path

STAGES = ("activation_saving", "training", "inference")
MODELS = ("tiny-0.4M", "tiny-1.0M")
PICTURES = {
    *("training_loss", "training_dynamics", "batch_processing_times", "batch_processing_times_distribution"),
    *(f"memory_usage_{stage}" for stage in STAGES),
    *(f"memory_usage_boxplots_{kind}_{stage}" for kind in ("vram", "ram") for stage in STAGES),
    *(f"hardware_utilization_distribution_{stage}_{kind}" for kind in ("gpu", "cpu") for stage in STAGES),
    *(f"disk_usage_{stage}" for stage in STAGES),
    *(f"inference_comparison_{model}" for model in MODELS),
}


def main() -> int:
    """Print every complaint; the exit status is 1 if there are any."""
    demo = Path(__file__).parents[2] / "demo"
    complaints = [*check_runs(demo / "runs"), *check_pictures(demo / "plots"), *check_summary(demo / "plots")]
    complaints += check_report((demo / "report.html").read_text(encoding="utf-8"))
    for complaint in complaints:
        print(f"tests.demo.check: {complaint}", file=sys.stderr)
    print(f"tests.demo.check: {len(PICTURES)} pictures of 8 runs, {len(complaints)} complaints")
    return 1 if complaints else 0


def check_runs(runs: Path) -> list[str]:
    """What is wrong with the recorded runs."""
    found = [json.loads((run / "run.json").read_text()) for run in sorted(runs.iterdir())]
    complaints = [] if len(found) == 8 else [f"{len(found)} runs, not 8"]
    complaints += [
        f"{run['run']} is {run['state']}: {run['exit_reason']}" for run in found if run["state"] != "finished"
    ]
    complaints += [f"{run['run']} took {run['sampler']['ticks']} ticks" for run in found if run["sampler"]["ticks"] < 8]
    return complaints + [f"{path} was not sealed" for path in runs.glob("*/journal")]


def check_pictures(plots: Path) -> list[str]:
    """Which pictures are missing, not expected, or empty."""
    made = {path.stem: path for path in plots.glob("*.png")}
    complaints = [f"no picture {name}" for name in sorted(PICTURES - set(made))]
    complaints += [f"picture {name}, which is not of the demo" for name in sorted(set(made) - PICTURES)]
    return complaints + [f"{path} is empty" for path in made.values() if path.stat().st_size < 10_000]


def check_report(page: str) -> list[str]:
    """Which charts and pictures the report lacks."""
    complaints = [f"no chart {name} in the report" for name in sorted(PICTURES) if f'id="{name}"' not in page]
    pictures = page.count('<details class="picture">')
    return complaints if pictures == len(PICTURES) else [*complaints, f"{pictures} pictures in the report"]


def check_summary(plots: Path) -> list[str]:
    """Which figures of the pipeline are not plausible."""
    summary = json.loads((plots / "summary.json").read_text())
    finals = [entry["final"] for entry in summary["training"]]
    complaints = [] if len(finals) == 6 else [f"{len(finals)} autoencoders, not 6"]
    complaints += [f"R2 of {final['r2']['value']}" for final in finals if not 0.7 < final["r2"]["value"] < 1]
    for model in MODELS:
        cost = {
            entry["variant"]: (
                entry["cpu_utilization"]["mean"] * entry["duration"]["mean"],
                entry["disk_growth"]["mean"],
            )
            for entry in summary["stages"]
            if entry["stage"] == "inference" and entry["model"] == model
        }
        if not all(more > less for more, less in zip(cost["detectors"], cost["baseline"], strict=True)):
            complaints.append(f"the detectors of {model} cost neither CPU time nor disk: {cost}")
    measured = {entry["origin"] for entry in summary["stages"]}
    return complaints if measured == {"measured"} else [*complaints, f"origins {measured}"]


if __name__ == "__main__":
    sys.exit(main())
