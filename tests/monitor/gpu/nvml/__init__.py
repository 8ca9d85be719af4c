"""The GPU source against a stand-in for the NVIDIA driver's library."""
