"""What the configuration picks as knowledge: one file per kind."""
