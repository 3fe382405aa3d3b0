"""Hears: turns a platform's event into work, admits it once into the ledger and acknowledges, in milliseconds."""
