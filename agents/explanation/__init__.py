"""Words: the offline narrator, and the checker that reads every sentence against the evidence."""
