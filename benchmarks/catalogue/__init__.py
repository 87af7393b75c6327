"""The parts of the generated catalogue: sounds, texts, cards and listeners."""
