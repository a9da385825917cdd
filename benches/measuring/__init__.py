"""Code shared by benches/load and benches/memory."""
