"""The benchmark measures what it says, and its document has a place for all of it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "performance.md").read_text()

sys.path.insert(0, str(ROOT / "scripts"))

from benchmark_suite import docs_blocks, processes, robustness  # noqa: E402 - the suite lies beside its starter
from benchmark_suite.__main__ import WRITTEN  # noqa: E402
from benchmark_suite.long_records import duct_usage, mprof_record  # noqa: E402
from benchmark_suite.peers import PERFMON  # noqa: E402
from benchmark_suite.sampling import rate  # noqa: E402
from benchmark_suite.stacks import Stack, package, source  # noqa: E402
from benchmark_suite.tables import Row, Spread, table  # noqa: E402
from benchmark_suite.ticks import evenness  # noqa: E402
from benchmark_suite.tools import JOB, PERFMON_TOOL  # noqa: E402
from benchmark_suite.watched_job import Wrapped, whole  # noqa: E402
from cost_gate.__main__ import dearer  # noqa: E402
from cost_gate.cases import CASES  # noqa: E402


def times(*gaps: float) -> list[float]:
    """Moments with these gaps between them, amid two at the start and one at the end that do not count."""
    moments = [0.0]
    for gap in gaps:
        moments.append(moments[-1] + gap)
    return [-9.0, -8.0, *moments, 99.0]


@pytest.mark.parametrize(
    ("gaps", "drift", "lost"),
    [([0.5] * 100, 0.0, 0.0), ([0.6] * 100, 12.0, 1 / 6), ([0.5] * 98 + [1.0], 60 / 99, 0.01)],
)
def test_evenness(gaps: Sequence[float], drift: float, lost: float) -> None:
    """A grid that is kept neither drifts nor loses; sleeping too long does both, and so does a slot left out."""
    even = evenness(times(*gaps), 0.5)

    assert even.median_seconds == pytest.approx(gaps[0])
    assert even.drift_seconds == pytest.approx(drift, abs=1e-9)
    assert even.lost_ratio == pytest.approx(lost, abs=1e-9)


def test_one_interval_in_a_hundred_may_be_off() -> None:
    """The worst interval of a hundred is left out, the second worst counts."""
    even = evenness(times(*[0.5] * 98, 0.9, 0.6), 0.5)

    assert even.off_ratio == pytest.approx(0.2)


def test_rate_leaves_start_and_end_out() -> None:
    """Samples of the start and the end come out of turn; of a handful the asked rate is taken."""
    assert rate([0, *range(10, 20), 19.1], 7.0) == pytest.approx(1.0)
    assert rate([0, 1, 2], 7.0) == 7.0


@pytest.mark.parametrize(
    ("ours", "verdicts"),
    [
        (0.004, "5.00 met | 7.50 met"),
        (0.006, "5.00 **missed** | 7.50 met"),
        (0.008, "5.00 **missed** | 7.50 **missed**"),
    ],
)
def test_a_row_says_whether_its_target_is_met(ours: float, verdicts: str) -> None:
    """On a machine half as fast again the target is so much longer, too; who cannot do it has a dash."""
    row = Row("cost", "ms", {"perfmon": Spread(ours, 0.0005), "mprof": Spread(0.25, 0.0)}, 0.005)
    both, absolute = (
        table([one], names=["perfmon", "mprof", "psrecord"]).splitlines() for one in (row._replace(pace=1.5), row)
    )

    assert both[0] == "|  | perfmon | target | at this pace | mprof | psrecord |"
    assert both[-1] == f"| cost, ms | {ours * 1e3:.2f} ± 0.50 | {verdicts} | 250 | - |"
    assert absolute[-1] == f"| cost, ms | {ours * 1e3:.2f} ± 0.50 | {verdicts.partition(' |')[0]} | 250 | - |"


def test_a_part_is_written_into_its_own_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All else in the document stays as it is; a part without a block is refused."""
    page = tmp_path / "performance.md"
    blocks = "a\n<!-- measured: {} -->\nold\n<!-- measured: end -->\nb\n"
    page.write_text(blocks.format("one") + blocks.format("two"))
    monkeypatch.setattr(docs_blocks, "PAGES", tmp_path)
    docs_blocks.write("two", "new\n")

    assert page.read_text().startswith(blocks.format("one") + "a\n<!-- measured: two -->\nnew\n\nMeasured on 2")
    assert page.read_text().endswith(".\n<!-- measured: end -->\nb\n")
    with pytest.raises(ValueError, match="three"):
        docs_blocks.write("three", "")


def test_the_document_has_a_block_for_each_part() -> None:
    """What is measured can be written."""
    pages = "".join(page.read_text() for page in sorted((ROOT / "docs").glob("*.md")))

    assert {*WRITTEN, "about"} <= set(re.findall(r"<!-- measured: ([\w-]+) -->", pages))


@pytest.mark.parametrize("command", re.findall(r"^scripts/(.*?) *(?:#.*)?$", DOCUMENT, re.MULTILINE))
def test_commands_of_the_document(command: str) -> None:
    """The commands that the document shows are ones that the programs take."""
    name, *words = command.split()
    modules = {"benchmark": ["-m", "benchmark_suite"], "cost-gate": ["-m", "cost_gate"]}
    run = [sys.executable, *modules.get(name, [name]), *words, "--help"]
    done = subprocess.run(run, cwd=ROOT / "scripts", capture_output=True, text=True, check=True)

    assert name in done.stdout.splitlines()[0]


def test_manners_are_told_as_they_are(tmp_path: Path) -> None:
    """Perfmon passes the exit status on, sees a child in a session of its own, and a job whose recorder is killed."""
    (shared, *_) = [code for what, code in robustness.MEMORY.items() if "session" in what]

    assert 200e6 < robustness.peak_around(PERFMON_TOOL, tmp_path / "peak", shared) < 230e6
    assert robustness.status(PERFMON_TOOL, tmp_path / "status", "exit 7") == 7
    assert re.fullmatch(
        r"goes on; [5-8] samples left", robustness.after(PERFMON_TOOL, tmp_path / "end", signal.SIGKILL)
    )


def test_a_bare_job_is_timed(tmp_path: Path) -> None:
    """The first instruction comes before the end, and both take some time."""
    done = whole([JOB], tmp_path / "bare")

    assert 0 < done.first_seconds < done.wall_seconds
    assert done.cpu_seconds > 0


def test_a_recorder_is_told_from_its_job(tmp_path: Path) -> None:
    """Perfmon's own processes are counted without the busy job, and its samples are found."""
    with Wrapped(PERFMON_TOOL.words("0.05"), tmp_path / "job", count=3, burners=1) as wrapped:
        window = wrapped.window(0.5)
        memory = wrapped.memory()
        commands = [Path(f"/proc/{pid}/cmdline").read_text() for pid in wrapped.pids()]
    taken = PERFMON_TOOL.times(tmp_path / "job")

    assert 0 < window.cpu_seconds < 0.5 * window.wall_seconds
    assert memory.largest_peak_bytes > 5_000_000
    assert commands
    assert [command for command in commands if str(PERFMON) not in command] == []
    assert len(taken) > 5


def test_processes_below_another(tmp_path: Path) -> None:
    """A process's children belong to it; from the one left out downwards they do not."""
    with Wrapped([JOB], tmp_path / "job", count=4) as wrapped:
        job = wrapped.job
        whole_tree, nothing = processes.below(job), processes.below(job, without=job)

    assert len(whole_tree) == 4
    assert nothing == []


def test_made_up_records_have_a_sample_a_line(tmp_path: Path) -> None:
    """Other tools get as many samples to draw as perfmon."""
    assert len(mprof_record(tmp_path / "m", 10).read_text().splitlines()) == 11
    assert len(duct_usage(tmp_path / "d", 10).read_text().splitlines()) == 10


def test_owners_of_stacks() -> None:
    """Time belongs to the innermost frame's file or package; that of an import to the import."""
    drawing = Stack(["main (perfmon/cli.py:1)", "plot (matplotlib/axes/_base.py:7)"], 1)
    importing = Stack(["_find (<frozen importlib._bootstrap>:3)", "f (numpy/a.py:1)"], 1)

    assert (source(drawing), package(drawing)) == ("matplotlib/axes/_base.py", "matplotlib")
    assert package(importing) == "imports"


def test_the_gate_fails_what_got_dearer() -> None:
    """Five in a hundred may be lost; what was never kept, or got cheaper, passes."""
    counts = {"same": 1.04, "dearer": 1.06, "cheaper": 0.5, "new": 9.0}

    assert dearer(counts, {"same": 1.0, "dearer": 1.0, "cheaper": 1.0}) == ["dearer"]


def test_the_gate_keeps_a_figure_of_each_case() -> None:
    """No case is counted for nothing."""
    kept = (ROOT / "scripts" / "cost_gate" / "costs.json").read_text()

    assert re.findall(r'"(\w+)":', kept) == [case.name for case in CASES]


def alone(part: str) -> str:
    """What a part prints that needs no other tools."""
    words = [sys.executable, "-m", "benchmark_suite", "--quick", "--only", part]
    return subprocess.run(words, cwd=ROOT / "scripts", capture_output=True, text=True, check=True).stdout


def test_what_sealing_costs() -> None:
    """Each table is printed; a library of more parts takes more memory, and a higher level less room."""
    printed = alone("seal-cost")
    peaks = [
        float(cells.split("|")[-1])
        for cells in re.findall(r"^\| (?:nothing|arro3|pyarrow's Parquet) \|(.*) \|$", printed, re.MULTILINE)
    ]
    levels = re.findall(r"^\| (\d+) \| \d+ \| ([\d.]+) \|$", printed, re.MULTILINE)

    assert peaks == sorted(peaks)
    assert len(peaks) == 3
    assert [level for level, _ in levels] == ["1", "3", "9", "15", "19"]
    assert float(levels[-1][1]) < float(levels[0][1])
    assert len(re.findall(r"^\| a (?:line of JSON|batch of an Arrow stream) \|", printed, re.MULTILINE)) == 2


def test_what_a_tick_costs() -> None:
    """For each size of tree and rate: the sampler's part of the whole, and its memory."""
    rows = [
        [float(cell) for cell in line.strip("| ").split("|")]
        for line in alone("tick-cost").splitlines()
        if re.match(r"\| \d", line)
    ]

    assert [row[:2] for row in rows] == [[1, 10], [1, 100], [10, 10], [10, 100]]
    for _, _, sampler, together, psutil_alone, peak in rows:
        assert 0 < sampler <= together
        assert psutil_alone > 0
        assert 5 < peak < 100


def test_parts_without_a_page_are_not_written() -> None:
    """What no page shows is refused before it is measured."""
    words = [sys.executable, "-m", "benchmark_suite", "--write", "--only", "seal-cost"]
    done = subprocess.run(words, cwd=ROOT / "scripts", capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (2, "")
    assert "only printed" in done.stderr
