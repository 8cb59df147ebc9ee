"""A made-up book of buy-now-pay-later accounts and sixty nights of work on it, to look at and to measure on.

Chance is drawn from a seed alone: the same seed is the same book on every machine. No person in it exists.
"""
