"""Finds: turns a Query into ranked Passages; knows neither chat nor queue."""
