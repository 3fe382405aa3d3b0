"""How to reach the playground: its sample people, who let anybody see what access to documents does."""
