"""Counters and levels that the driver keeps by number, all read with one call."""

from __future__ import annotations

import pynvml

from perfmon.gpu.nvml.errors import is_final
from perfmon.gpu.nvml.typed_value import plain
from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from perfmon.gpu.device import Device
    from perfmon.gpu.metric import Values
    from perfmon.store.journal import Value

_ALL_LINKS = 0xFFFFFFFF


class Field(NamedTuple):
    """A column, the number of its field, whose value times `unit` is in base units, and the field's scope."""

    column: str
    number: int
    unit: float | int
    scope: int = 0


_FIELDS = (
    Field("power_instant_watts", pynvml.NVML_FI_DEV_POWER_INSTANT, 1e-3),
    Field("memory_temperature_celsius", pynvml.NVML_FI_DEV_MEMORY_TEMP, 1.0),
    Field("throttle_power_seconds", pynvml.NVML_FI_DEV_PERF_POLICY_POWER, 1e-9),
    Field("throttle_thermal_seconds", pynvml.NVML_FI_DEV_PERF_POLICY_THERMAL, 1e-9),
    Field("ecc_corrected", pynvml.NVML_FI_DEV_ECC_SBE_VOL_TOTAL, 1),
    Field("ecc_uncorrected", pynvml.NVML_FI_DEV_ECC_DBE_VOL_TOTAL, 1),
    Field("pcie_sent_bytes", pynvml.NVML_FI_DEV_PCIE_COUNT_TX_BYTES, 1),
    Field("pcie_received_bytes", pynvml.NVML_FI_DEV_PCIE_COUNT_RX_BYTES, 1),
    Field("nvlink_sent_bytes", pynvml.NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_TX, 1024, _ALL_LINKS),
    Field("nvlink_received_bytes", pynvml.NVML_FI_DEV_NVLINK_THROUGHPUT_DATA_RX, 1024, _ALL_LINKS),
)
# The same counters by an older call.
_VIOLATIONS = {
    "throttle_power_seconds": pynvml.NVML_PERF_POLICY_POWER,
    "throttle_thermal_seconds": pynvml.NVML_PERF_POLICY_THERMAL,
}


class Fields:
    """Those of the fields that this GPU has; what it hasn't is found out once."""

    columns = tuple(field.column for field in _FIELDS)

    def __init__(self, device: Device) -> None:
        self._handle = device.handle
        self._requested = list(_FIELDS)
        self._refused: dict[str, Value | Exception] = {}
        self._older = dict(_VIOLATIONS)

    def read(self, job: frozenset[int]) -> Values:
        """Read all fields that are left, and by an older call what it alone gives."""
        del job
        values = dict(self._refused)
        values |= zip((field.column for field in self._requested), self._values(), strict=True)
        self._refused |= {column: value for column, value in values.items() if _will_never_come(value)}
        self._requested = [field for field in self._requested if field.column not in self._refused]
        for column in [column for column in self._older if column in self._refused]:
            values[column] = self._violation(self._older[column])
            if _will_never_come(values[column]):
                del self._older[column]
        return values

    def _values(self) -> list[Value | Exception]:
        if not self._requested:
            return []
        # one entry too many: NVML may look one beyond the last when it is asked for NVLink's
        requested = [(field.number, field.scope) for field in (*self._requested, self._requested[-1])]
        answers = pynvml.nvmlDeviceGetFieldValues(self._handle, requested)
        return [_in_base_units(field, answer) for field, answer in zip(self._requested, answers, strict=False)]

    def _violation(self, policy: int) -> Value | Exception:
        try:
            nanoseconds = pynvml.nvmlDeviceGetViolationStatus(self._handle, policy).violationTime
        except Exception as error:  # of any kind: it is the value's
            return error
        return round(float(nanoseconds) * 1e-9, 6)


def _will_never_come(value: Value | Exception) -> bool:
    return isinstance(value, Exception) and is_final(value)


def _in_base_units(field: Field, answer: pynvml.c_nvmlFieldValue_t) -> Value | Exception:
    if answer.nvmlReturn != pynvml.NVML_SUCCESS:
        error: Exception = pynvml.NVMLError(answer.nvmlReturn)
        return error
    number = plain(answer.valueType, answer.value) * field.unit
    return round(number, 6) if isinstance(field.unit, float) else int(number)
