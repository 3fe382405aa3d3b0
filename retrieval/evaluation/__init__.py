"""Measuring retrieval: question sets in BEIR layout, the usual figures, a report."""
