"""Two prompts or models on the same cases, with paired statistics."""
