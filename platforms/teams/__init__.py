"""Reaching Microsoft Teams: the connector service, the bot's tokens, Microsoft's keys."""
