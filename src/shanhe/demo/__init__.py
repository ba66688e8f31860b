"""The demonstration: real places, invented people, simulated outings. Everything goes through services.

What it holds and what of it is invented: docs/demo.md.
"""
