"""What answer.py calls, in its order."""
