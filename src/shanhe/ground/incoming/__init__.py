"""Data that offices bring: files opened at arm's length, columns matched, rows previewed, then taken in."""
