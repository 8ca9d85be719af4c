"""The synthetic study, written once for all tests that read it."""

from __future__ import annotations

import pytest

from perfmon_analyze.synthetic.write import write_study
from tests.analyze.synthetic.studies import Study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The whole study, a sample a minute."""
    return Study(list(write_study(str(tmp_path_factory.mktemp("study") / "runs"))))


@pytest.fixture(scope="session")
def close_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The whole study, a sample a second."""
    return Study(list(write_study(str(tmp_path_factory.mktemp("close") / "runs"), interval=1.0)))


@pytest.fixture(scope="session")
def small_study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """A hundredth of the study."""
    return Study(list(write_study(str(tmp_path_factory.mktemp("small") / "runs"), scale=0.01)))
