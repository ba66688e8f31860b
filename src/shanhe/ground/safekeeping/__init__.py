"""Whole-database backup, restore and move, compared by digests."""
