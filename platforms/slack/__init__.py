"""How to reach Slack: one client, and who we are there."""
