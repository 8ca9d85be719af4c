"""Whether what was recorded can be trusted."""
