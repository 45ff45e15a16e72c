"""What a sentence leaves out, or says again of another model or finding."""
