"""The cells of the page on notebooks, in a real kernel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from tests.docs.pages import blocks


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, nbformat.NotebookNode]:
    """The folder in which a notebook of the page's cells ran, and the notebook."""
    folder = tmp_path_factory.mktemp("notebook")
    new: Any = nbformat.v4  # nothing is said of its types
    cells = [new.new_code_cell(one.text) for one in blocks("how-to/notebooks.md") if one.language == "python"]
    notebook = new.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return folder, notebook


def test_two_stages_are_recorded(ran: tuple[Path, nbformat.NotebookNode]) -> None:
    """One by a block, one over several cells; both are complete while the kernel lives on."""
    runs = sorted((ran[0] / "runs").iterdir())
    read = [json.loads((run / "run.json").read_text()) for run in runs]
    facts = sorted(read, key=lambda one: str(one["begin_time"]))

    assert [(one["stage"], one["state"]) for one in facts] == [("training", "finished"), ("inference", "finished")]


def test_cells_show_pictures_and_tables(ran: tuple[Path, nbformat.NotebookNode]) -> None:
    """Loaded runs and a plot are pictures, and the peak of each recording is a table."""
    shown = [output["data"] for cell in ran[1].cells for output in cell.outputs if "data" in output]

    assert sum("image/png" in data for data in shown) == 2
    assert "training" in shown[-1]["text/plain"]
    assert "inference" in shown[-1]["text/plain"]
