"""What perfmon may cost: its own targets, for a machine that does nothing else, in base units.

They were set on a machine on which other tools took what stands at the end here. Another machine may be slower: what
such a tool takes there, in the same run, over that figure is by how much.
"""

from __future__ import annotations

START_SECONDS = 0.018  # by how much later the job starts
WHOLE_SECONDS = 0.060  # what wrapping `true` costs in all, sealed to Parquet
TICK_SECONDS = {1.0: 0.0007, 10.0: 0.0005, 100.0: 0.0003}  # CPU time per tick of one process, by ticks per second
BIG_TREE, BIG_TREE_SECONDS = 200, 0.004  # CPU time per tick of so many processes
CROWD_SECONDS = 0.010  # the same for each, of 500 processes that come and go
TAKEN_RATIO = 0.004  # of all CPUs, from a job that keeps them busy, at 10 ticks per second
MEMORY_BYTES = 16 * 2**20  # peak of the process that samples
OFF_RATIO = 0.02  # 99 % of intervals are off by at most so much, on a busy machine at 10 ticks per second
LOST_RATIO = 0.0  # ticks lost at 100 per second, at rest
DRIFT_SECONDS = 0.001  # per minute: what the jitter of a first and a last tick may come to
DISK_BYTES = 50  # Parquet per tick of host, job and one folder, over 3,600 ticks
LOG_SECONDS, TIMED_SECONDS, IMPORT_SECONDS = 8e-6, 2e-6, 0.005  # in pipeline code
STUDY_SECONDS, STUDY_BYTES = 3.0, 350 * 2**20  # all plots of the synthetic study, a tick a second
MILLION_SECONDS, MILLION_BYTES = 1.0, 300 * 2**20  # one plot of a run of a million ticks
ONE_SECONDS, COMPARISON_SECONDS = 0.7, 1.0  # one plot of the study; of two runs side by side
HELP_SECONDS, LIST_SECONDS = 0.040, 0.150  # `perfmon --help`; `perfmon ls` of 1,000 runs
GROWTH_RATIO = 1.7  # all plots of ten million ticks, in times of those of the study

# What other tools took where the targets were set.
PSRECORD_WHOLE_SECONDS = 0.032  # wrapping `true`
PSRECORD_TICK_SECONDS = {1.0: 0.00175, 10.0: 0.00158, 100.0: 0.00138}
PSRECORD_BIG_TREE_SECONDS = 0.019
PSRECORD_TAKEN_RATIO = 0.0074
MPROF_MILLION_SECONDS = 3.2  # a curve of a million samples
