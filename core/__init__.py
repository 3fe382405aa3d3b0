"""What crosses the wire: messages, the ledger, settings, errors, texts, telemetry."""
