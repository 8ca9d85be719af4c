"""Differences of two sides of runs, with intervals that respect how alike neighbouring samples are."""

from perfmon_analyze.compare.comparison import Comparison, ComparisonRow, compare
from perfmon_analyze.compare.sides import NotComparable, Pair, by_label, of_two

__all__ = ["Comparison", "ComparisonRow", "NotComparable", "Pair", "by_label", "compare", "of_two"]
