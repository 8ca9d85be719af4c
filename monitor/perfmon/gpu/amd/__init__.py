"""AMD GPUs through AMD SMI: the same table and the same rules for failures as for NVIDIA's.

Everything here runs in the helper process of the GPU source, for any call into a driver may never return.
"""
