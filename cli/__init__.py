"""The command `daedap`."""
