"""What the kernel is measured beside: the same spans by other means. Used by the benchmarks only."""
