"""What the floors above may ask of patrols."""

from __future__ import annotations
