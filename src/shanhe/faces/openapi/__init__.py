"""Open formats for other programs: vector tiles."""
