"""Better orders by reading question and chunk together: one file per backend."""
