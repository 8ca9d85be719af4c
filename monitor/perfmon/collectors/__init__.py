"""The hardware sources, one a file."""

from __future__ import annotations

from perfmon.collectors.folder import Folder
from perfmon.collectors.gpu import Gpu
from perfmon.collectors.host import Host
from perfmon.collectors.job import Job
from perfmon.collectors.sync import Sync
from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from perfmon.collector import Collector

# In the order in which they are asked: the job first, for its processes may end at any moment.
COLLECTORS: tuple[type[Collector], ...] = (Job, Host, Gpu, Folder, Sync)
