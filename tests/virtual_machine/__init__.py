"""A virtual machine of this machine's own files under another kernel, for what this kernel does not have."""
