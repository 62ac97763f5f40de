"""The archive in Slack: mentions and direct messages become questions, threads are conversations. Renders answers only.

Nothing here imports Slack's libraries before Slack is configured: they are an extra.
"""
