"""How good explanations are: metrics, the table and the page of a scored run."""
