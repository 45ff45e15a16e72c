"""What one word of a sentence states, by kind of statement."""
