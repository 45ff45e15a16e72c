"""An LLM as writer and investigator: its client, budget, cache, consent, prompts and tools."""
