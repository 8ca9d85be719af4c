"""Why there is no answer, in the words of table `event`, and what it means for asking again."""

from __future__ import annotations

import pynvml

from perfmon.gpu.metric import Unanswered
from perfmon.store.reasons import ERROR, LOST, NO_PERMISSION, NOT_FOUND, TIMEOUT, UNSUPPORTED, Unknown

_REASONS = {
    pynvml.NVML_ERROR_NOT_SUPPORTED: UNSUPPORTED,
    pynvml.NVML_ERROR_FUNCTION_NOT_FOUND: UNSUPPORTED,
    pynvml.NVML_ERROR_ARGUMENT_VERSION_MISMATCH: UNSUPPORTED,
    pynvml.NVML_ERROR_DEPRECATED: UNSUPPORTED,
    pynvml.NVML_ERROR_NO_PERMISSION: NO_PERMISSION,
    pynvml.NVML_ERROR_LIBRARY_NOT_FOUND: NOT_FOUND,
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED: NOT_FOUND,
    pynvml.NVML_ERROR_GPU_NOT_FOUND: LOST,
    pynvml.NVML_ERROR_GPU_IS_LOST: LOST,
    pynvml.NVML_ERROR_RESET_REQUIRED: LOST,
    pynvml.NVML_ERROR_TIMEOUT: TIMEOUT,
}
# The library forgets that it was initialized when the driver is taken away from it.
_GONE = (LOST, pynvml.NVML_ERROR_UNINITIALIZED)
_REMEDIES = {
    pynvml.NVML_ERROR_LIB_RM_VERSION_MISMATCH: "the driver was upgraded while its kernel module runs; "
    "GPU readings are off until the module is loaded anew or the machine restarts",
    pynvml.NVML_ERROR_DRIVER_NOT_LOADED: "the driver's kernel module is not loaded",
}


def _code(error: Exception) -> object:
    return getattr(error, "value", None)


def reason_of(error: Exception) -> str:
    """The reason code of a failure."""
    if isinstance(error, Unanswered):
        return error.reason
    if isinstance(error, pynvml.NVMLLibraryMismatchError):  # of a driver older than the function; not an NVMLError
        return UNSUPPORTED
    return _REASONS.get(_code(error), ERROR)


def detail_of(error: Exception) -> str:
    """A failure in words, with what can be done about it where that is known."""
    if isinstance(error, Unanswered):
        return str(error)
    text = f"NVML: {error}" if isinstance(error, pynvml.NVMLError) else f"{type(error).__name__}: {error}"
    remedy = _REMEDIES.get(_code(error))
    return f"{text}; {remedy}" if remedy else text


def unknown(entity: str | None, column: str | None, error: Exception) -> Unknown:
    """A failure as the source reports it."""
    return Unknown(entity, column, reason_of(error), detail_of(error))


def is_final(error: Exception) -> bool:
    """Whether asking again is of no use: this device, or this driver, does not have it."""
    return not isinstance(error, Unanswered) and reason_of(error) == UNSUPPORTED


def loses_gpu(error: Exception) -> bool:
    """Whether the GPU is gone, and not just one answer."""
    return reason_of(error) in _GONE or _code(error) in _GONE
