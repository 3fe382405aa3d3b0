"""Slack's way in: checked, understood, admitted, acknowledged."""
