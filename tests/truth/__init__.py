"""Honest and made-up patrols with known truth, built from tracks that real people recorded.

``recordings`` reads the real tracks, ``outings`` handles one as metres and seconds, ``reaches`` takes a reach
from it, ``honest`` and ``fakes`` vary it, ``histories`` adds what was received before, and ``cases`` puts
them together.
Everything is drawn from a seeded generator: the same seed gives the same cases.
"""
