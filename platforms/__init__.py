"""How to reach a platform: clients, tokens, who is who."""
