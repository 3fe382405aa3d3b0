"""Where chunks are kept and found: one module or package an engine, each held to tests/contracts/index_contract.py."""
