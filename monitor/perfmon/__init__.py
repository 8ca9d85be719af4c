"""Records what a stage of a pipeline does to CPU, RAM, GPU, VRAM and disk."""

__version__ = "0.1.0"
