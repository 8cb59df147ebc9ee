"""What a test suite needs: Hypothesis strategies and oracles for the values of this package."""
