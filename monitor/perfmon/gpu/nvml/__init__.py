"""NVIDIA GPUs through NVML: which there are, what is read of each, at which pace, and what becomes of failures.

Everything here runs in the helper process of the GPU source, for any call into a driver may never return.
"""
