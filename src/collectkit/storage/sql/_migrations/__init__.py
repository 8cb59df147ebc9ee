"""What Alembic runs; the statements themselves are the steps of the schema."""
