"""Calls, outcomes and labels in set forms: who has them, how many, who wins."""
