"""Text to vectors: one file per model; `build_e5` makes the default one on the user's machine at set-up."""
