"""How to reach Slack and Teams: clients, tokens, who is who."""
