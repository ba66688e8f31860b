"""The posts that keep areas: what stands vacant where nobody does."""

from __future__ import annotations

from shanhe.ground.people.models import Post

__all__ = ["keeper_posts"]


def keeper_posts() -> dict[tuple[str, str], str]:
    """(system, level) → the chief's post that keeps areas of the level, in the reader's language. One query.

    Of the catalogue for everywhere; local names differ from place to place.
    """
    posts = Post.objects.filter(is_keeper=True, kind=Post.Kind.CHIEF, division=None).order_by("-code")
    return {(post.system, post.level): post.local_name for post in posts}
