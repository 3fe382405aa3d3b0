"""How an answer reaches each platform."""
