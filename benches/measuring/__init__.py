"""What benches/load and benches/memory share."""
