"""The sampling loop and the processes that it consists of."""
