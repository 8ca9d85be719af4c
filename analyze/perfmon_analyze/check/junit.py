"""Judgements as JUnit's XML, which systems for continuous integration show."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from perfmon.store.printable import printable
from perfmon_analyze.check.text import line
from perfmon_analyze.check.verdicts import FAILED, UNJUDGED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfmon_analyze.check.verdicts import Judgement

_KINDS = {FAILED: "failure", UNJUDGED: "error"}


def as_junit(judged: Mapping[str, Sequence[Judgement]]) -> str:
    """A suite for each recording and a case for each limit; what could not be judged is an error."""
    suites = ET.Element("testsuites")
    for name, cases in judged.items():
        recording = printable(name)  # XML cannot hold control characters, not even escaped
        suite = ET.SubElement(suites, "testsuite", {"name": recording, "tests": str(len(cases))})
        for verdict, kind in _KINDS.items():
            suite.set(f"{kind}s", str(sum(one.verdict == verdict for one in cases)))
        for one in cases:
            case = ET.SubElement(suite, "testcase", {"classname": recording, "name": f"{one.option}: {one.title}"})
            if one.verdict in _KINDS:
                ET.SubElement(case, _KINDS[one.verdict], {"message": printable(line(one))})
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"
