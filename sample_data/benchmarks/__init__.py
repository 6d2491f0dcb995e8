"""Benchmarks: the same work beside a peer, ratios instead of absolute times."""
