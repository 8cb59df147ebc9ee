"""collectkit."""
