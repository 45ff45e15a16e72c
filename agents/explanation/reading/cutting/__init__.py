"""A sentence cut into words, clauses and lists, and which model and finding each is about."""
