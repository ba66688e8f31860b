"""Safekeeping: the whole data as one file for either database, and what holds a deletion back."""
