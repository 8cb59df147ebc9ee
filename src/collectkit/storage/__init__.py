"""Keeping the book: one protocol, the reference in memory, and the embedded SQLite store."""
