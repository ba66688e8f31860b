"""Shanhe 山河: responsibility systems for rivers and forests."""

__version__ = "0.1.0"
