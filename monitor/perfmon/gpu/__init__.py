"""GPUs of NVIDIA and AMD: which there are, and what they tell."""
