"""What the Linux kernel tells of processes, memory, control groups and mounts."""
