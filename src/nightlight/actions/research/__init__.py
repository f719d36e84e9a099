"""What is measured on invented people: backtests, populations, the linkage model's report."""
