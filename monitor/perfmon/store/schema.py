"""The tables of a run folder: every column with its type, unit, kind and meaning."""

from __future__ import annotations

from perfmon.lean.stdlib import NamedTuple

GAUGE = "gauge"  # a level that can rise and fall
COUNTER = "counter"  # a total that only rises; rates are its differences
LABEL = "label"  # says what a row is about


class Column(NamedTuple):
    """One column: what it is called, how it is stored and what it means.

    `type` is one of `int64`, `float64`, `string` and `timestamp`; `unit` is an SI base unit, `1` for pure numbers,
    or empty for labels. `resolution`, in that unit, is what sealed values are multiples of; 0 leaves them as they are.
    """

    name: str
    type: str
    unit: str
    kind: str
    meaning: str
    resolution: float = 0.0


# Floats that are multiples of a power of two end in zero bytes, and these cost nothing in a file; multiples of 0.1 ms
# or of 1 us end in noise. Of 5 bytes a value, 1.5 are left.
_T_SECONDS = 2.0**-13  # 0.12 ms
_PRESSURE_SECONDS = 2.0**-10  # 0.98 ms
_TIME_NS = 1e6  # `t` is the finer clock


def _seconds(name: str, kind: str, meaning: str, resolution: float = 0.0) -> Column:
    return Column(name, "float64", "s", kind, meaning, resolution)


def _pressure(whose: str) -> tuple[Column, ...]:
    """Return the columns of pressure, the time that tasks waited; `whose` names the tasks."""
    meanings = {
        "cpu_pressure_seconds": f"time in which at least one task{whose} waited for a CPU",
        "memory_pressure_seconds": f"time in which at least one task{whose} waited for memory",
        "memory_pressure_full_seconds": f"time in which all non-idle tasks{whose} waited for memory",
        "io_pressure_seconds": f"time in which at least one task{whose} waited for a disk",
        "io_pressure_full_seconds": f"time in which all non-idle tasks{whose} waited for a disk",
    }
    return tuple(_seconds(name, COUNTER, meaning, _PRESSURE_SECONDS) for name, meaning in meanings.items())


def _bytes(name: str, kind: str, meaning: str) -> Column:
    return Column(name, "int64", "B", kind, meaning)


def _count(name: str, meaning: str) -> Column:
    return Column(name, "int64", "1", GAUGE, meaning)


def _ratio(name: str, meaning: str) -> Column:
    return Column(name, "float64", "1", GAUGE, meaning)


def _total(name: str, meaning: str) -> Column:
    return Column(name, "int64", "1", COUNTER, meaning)


def _label(name: str, meaning: str) -> Column:
    return Column(name, "string", "", LABEL, meaning)


# In every table, before the table's own columns.
COMMON = (
    Column("time", "timestamp", "ns", LABEL, "wall clock, UTC", _TIME_NS),
    _seconds("t", LABEL, "monotonic seconds since the run's start, the same in all tables of one tick", _T_SECONDS),
    _label("run", "name of the run folder"),
    _label("stage", "step of the pipeline"),
    _label("model", "model the stage works on"),
    _label("variant", "flavour of the run within stage and model"),
    _label("series", "what one curve stands for: a layer or a job"),
    _label("host", "name of the machine"),
    Column("rank", "int64", "1", LABEL, "rank of the process in its launcher's world"),
)
CONSTANT = tuple(column.name for column in COMMON if column.name not in ("time", "t"))  # the same in all rows of a run

TABLES: dict[str, tuple[Column, ...]] = {
    "host": (
        _seconds("cpu_user_seconds", COUNTER, "CPU time in user mode, niced included, all CPUs"),
        _seconds("cpu_system_seconds", COUNTER, "CPU time in the kernel, interrupts included, all CPUs"),
        _seconds("cpu_iowait_seconds", COUNTER, "idle CPU time while a disk request was under way"),
        _seconds("cpu_idle_seconds", COUNTER, "idle CPU time, iowait not included"),
        _seconds("cpu_steal_seconds", COUNTER, "time the hypervisor gave to other machines"),
        _count("cpus", "logical CPUs online"),
        Column("load_1m", "float64", "1", GAUGE, "load average of the last minute"),
        _bytes("memory_total_bytes", GAUGE, "physical memory"),
        _bytes("memory_used_bytes", GAUGE, "total minus available memory"),
        _bytes("memory_available_bytes", GAUGE, "memory a new job could take without swapping"),
        _bytes("swap_total_bytes", GAUGE, "size of all swap areas"),
        _bytes("swap_used_bytes", GAUGE, "swap in use"),
        _bytes("network_received_bytes", COUNTER, "bytes received on all interfaces except loopback"),
        _bytes("network_sent_bytes", COUNTER, "bytes sent on all interfaces except loopback"),
        _bytes("disk_read_bytes", COUNTER, "bytes read from all physical disks"),
        _bytes("disk_written_bytes", COUNTER, "bytes written to all physical disks"),
        *_pressure(""),
    ),
    "job": (
        _seconds("cpu_user_seconds", COUNTER, "CPU time in user mode of the process tree, ended processes included"),
        _seconds("cpu_system_seconds", COUNTER, "CPU time in the kernel of the tree, ended processes included"),
        _count("cpus_allowed", "CPUs that the processes of the tree may run on"),
        Column("cpus_quota", "float64", "1", GAUGE, "CPU time that the tightest control group allows, as CPUs"),
        _seconds(
            "cpu_throttled_seconds", COUNTER, "time for which the CPU quota of the control group throttled its tasks"
        ),
        _bytes(
            "rss_bytes",
            GAUGE,
            "sum of the resident set sizes of the tree; shared pages count once per process",
        ),
        _bytes("process_rss_bytes", GAUGE, "resident set size of the largest process"),
        _bytes(
            "pss_bytes",
            GAUGE,
            "proportional set size of the tree: each shared page divided among the processes that map it",
        ),
        _bytes("pss_shmem_bytes", GAUGE, "part of pss_bytes that is shared memory and tmpfs"),
        _bytes("pss_file_bytes", GAUGE, "part of pss_bytes that is mapped files (page cache)"),
        _bytes("swap_bytes", GAUGE, "memory of the tree that is in swap"),
        _bytes("hwm_bytes", GAUGE, "sum of the peak RSS of each living process"),
        _bytes("process_hwm_bytes", GAUGE, "highest RSS of any one process so far, ended processes included"),
        _bytes("memory_limit_bytes", GAUGE, "memory that the tightest control group allows"),
        _bytes("group_memory_bytes", GAUGE, "memory of a control group that holds only the job, page cache left out"),
        _bytes("group_peak_bytes", GAUGE, "peak memory of that control group so far, page cache included"),
        _bytes(
            "group_beside_bytes", GAUGE, "part of group_memory_bytes used by perfmon and the processes that started it"
        ),
        _seconds("group_cpu_seconds", COUNTER, "CPU time of a control group that holds only the job"),
        _seconds(
            "group_beside_cpu_seconds",
            COUNTER,
            "part of group_cpu_seconds used by perfmon and the processes that started it",
        ),
        *_pressure(" of the control group"),
        _bytes("read_bytes", COUNTER, "bytes the tree read from storage"),
        _bytes("written_bytes", COUNTER, "bytes the tree wrote to storage, counted when pages become dirty"),
        _count("processes", "living processes in the tree"),
        _count("threads", "threads of these processes"),
    ),
    "gpu": (
        _label("uuid", "the GPU's UUID, or that of a MIG instance"),
        Column("index", "int64", "1", LABEL, "the GPU's index in NVML's order, which need not be CUDA's"),
        Column("cuda_index", "int64", "1", LABEL, "the GPU's number in CUDA, for the environment the job began with"),
        _label("pci_id", "where the GPU sits on the PCI bus"),
        _label("parent_uuid", "UUID of the GPU that a MIG instance is part of; null for a GPU"),
        _label("name", "product name"),
        _ratio("busy_ratio", "share of time in which a kernel ran, mean of the driver's samples since the last tick"),
        _ratio("busy_max_ratio", "greatest of these samples, each of 1/6 to 1 s"),
        _ratio("busy_zero_ratio", "share of these samples that are 0"),
        _count("busy_samples", "number of these samples; 0 if busy_ratio is the driver's latest point reading"),
        _ratio("memory_busy_ratio", "share of time in which device memory was read or written, not how full it is"),
        _ratio("sm_busy_ratio", "share of multiprocessors at work, mean since the last tick; Hopper and later"),
        _ratio(
            "sm_occupancy_ratio",
            "warps resident on the multiprocessors as a share of the maximum, mean since the last tick",
        ),
        _ratio("tensor_busy_ratio", "share of time in which tensor cores worked, mean since the last tick"),
        _ratio("job_busy_ratio", "share of time in which kernels of the job's processes ran, since the last tick"),
        _bytes("vram_used_bytes", GAUGE, "device memory in use by all processes; vram_kind says what is counted"),
        _bytes("vram_total_bytes", GAUGE, "device memory installed; of the whole machine if vram_kind is unified"),
        _bytes("vram_free_bytes", GAUGE, "device memory that can still be allocated"),
        _bytes("vram_reserved_bytes", GAUGE, "device memory reserved by driver and firmware"),
        _bytes("vram_job_bytes", GAUGE, "device memory in use by the job's processes"),
        _bytes(
            "vram_job_estimate_bytes",
            GAUGE,
            "rise of vram_used_bytes since the run's start, by all jobs; only where vram_job_bytes is not known",
        ),
        _label(
            "vram_kind",
            "what vram_used_bytes counts: without_reserve; with_reserve on old drivers; unified: sum of the processes "
            "on a GPU that shares the CPU's memory",
        ),
        _count("processes", "processes on the GPU"),
        _count("job_processes", "processes of the job on the GPU; 0 if the job does not use it"),
        Column("power_watts", "float64", "W", GAUGE, "power draw of the board; power_kind says over which time"),
        Column("power_instant_watts", "float64", "W", GAUGE, "power draw of the board at the moment of the reading"),
        _label("power_kind", "what power_watts is: average_1s, or instant on GPUs before Ampere and on GA100"),
        Column("energy_joules", "float64", "J", COUNTER, "energy used since the driver was loaded"),
        Column("temperature_celsius", "float64", "Cel", GAUGE, "temperature of the GPU chip"),
        Column("memory_temperature_celsius", "float64", "Cel", GAUGE, "temperature of the device memory"),
        Column("sm_clock_hertz", "float64", "Hz", GAUGE, "frequency of the multiprocessors"),
        Column("memory_clock_hertz", "float64", "Hz", GAUGE, "frequency of the device memory"),
        _seconds("throttle_power_seconds", COUNTER, "time in which the power limit reduced the clocks"),
        _seconds("throttle_thermal_seconds", COUNTER, "time in which temperature reduced the clocks"),
        _total("ecc_corrected", "memory errors that ECC corrected since the driver was loaded"),
        _total("ecc_uncorrected", "memory errors that ECC could not correct since the driver was loaded"),
        _bytes("pcie_sent_bytes", COUNTER, "bytes the GPU sent over PCIe; the driver's counter may wrap"),
        _bytes("pcie_received_bytes", COUNTER, "bytes the GPU received over PCIe; the driver's counter may wrap"),
        _bytes("nvlink_sent_bytes", COUNTER, "data the GPU sent over all its NVLinks"),
        _bytes("nvlink_received_bytes", COUNTER, "data the GPU received over all its NVLinks"),
    ),
    "folder": (
        _label("path", "the watched folder"),
        _bytes("size_bytes", GAUGE, "disk space allocated to the files below it, as du counts"),
        _bytes("apparent_bytes", GAUGE, "lengths of these files, holes included"),
        _count("files", "number of these files"),
        _bytes("growth_bytes", GAUGE, "size_bytes minus the size of the files older than the run"),
        _seconds("age_seconds", GAUGE, "age of the oldest directory listing in these sums", _T_SECONDS),
        _bytes("free_bytes", GAUGE, "free space of its file system for an ordinary user"),
        _count("free_inodes", "free inodes of its file system for an ordinary user"),
    ),
    "metric": (
        Column("epoch", "float64", "1", LABEL, "epoch the value belongs to"),
        Column("step", "int64", "1", LABEL, "step the value belongs to"),
        _label("name", "name of the metric, such as loss or r2"),
        Column("value", "float64", "1", GAUGE, "the value as it was logged; a NaN that was logged stays NaN"),
    ),
    "batch": (
        Column("batch", "int64", "1", LABEL, "number of the batch within its series, from 0"),
        _seconds("seconds", GAUGE, "time the loop's body took"),
        _seconds("wait_seconds", GAUGE, "time the loop waited for the batch"),
        _count("items", "items in the batch"),
    ),
    "phase": (
        _label("kind", "stage for a stage that was attached to the run, else phase"),
        _label("name", "name of the phase, or the stage that was attached"),
        _label("parent", "name of the phase around it"),
        _seconds("begin_t", LABEL, "t at which it began", _T_SECONDS),
        _seconds("end_t", LABEL, "t at which it ended; null while it goes on", _T_SECONDS),
        Column("pid", "int64", "1", LABEL, "process that recorded it"),
        _label("dataset", "data set of an attached stage"),
        _label("config", "configuration of an attached stage, a JSON object"),
        _label("tags", "tags of an attached stage, a JSON object"),
    ),
    "tail": (
        _bytes("rss_bytes", GAUGE, "sum of the resident set sizes of the processes found at the last tick"),
        _count("processes", "number of these processes still alive"),
    ),
    "sampler": (
        _label("source", "data source: host, job, gpu, folder"),
        _seconds("duration_seconds", GAUGE, "time the source took to answer"),
        _seconds("late_seconds", GAUGE, "time from the scheduled start of the tick to its actual start"),
        _label("error", "what went wrong; null when the source answered"),
    ),
    "event": (
        _label("kind", "absent, null, error, missed, unwritten, torn, clock, suspended, survivor, xid or overrun"),
        _label("source", "source the event is about"),
        _label("column_name", "column that is null; null if the whole source is concerned"),
        _label("entity", "GPU, folder or process it is about"),
        _label(
            "reason",
            "reason code: unsupported, namespace, no_permission, no_space, lost, timeout, not_found, error; the number "
            "of an Xid",
        ),
        _seconds("begin_t", LABEL, "t at which it began", _T_SECONDS),
        _seconds("end_t", LABEL, "t at which it ended; null while it goes on", _T_SECONDS),
        _label("detail", "what happened, in words"),
    ),
}


def columns(table: str) -> tuple[Column, ...]:
    """All columns of a table, the common ones first.

    Raises:
        KeyError: there is no such table.
    """
    return COMMON + TABLES[table]
