"""What listeners may see and say of their own taste."""
