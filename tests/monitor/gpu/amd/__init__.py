"""The GPU source against a stand-in for AMD's library."""
