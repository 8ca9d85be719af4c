"""The size of watched folders."""
