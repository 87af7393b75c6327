"""What grows with the catalogue: builds, memory, learning."""
