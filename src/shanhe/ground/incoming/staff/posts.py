"""The posts that offices mean: by code, by name, by level and a word of their own."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from shanhe.ground.incoming.staff.cells import Unfit, plain
from shanhe.ground.people.models import Post
from shanhe.kernel.codes import LEVELS
from shanhe.kernel.errors import Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["PostBook", "Said", "level_in", "said_in"]

#: How the levels are called in sheets, with and without 级.
LEVEL_WORDS = {
    "省": "province",
    "自治区": "province",
    "市": "prefecture",
    "州": "prefecture",
    "地": "prefecture",
    "盟": "prefecture",
    "县市区": "county",
    "县区": "county",
    "县": "county",
    "区": "county",
    "旗": "county",
    "乡镇街道": "township",
    "镇街": "township",
    "乡镇": "township",
    "镇": "township",
    "乡": "township",
    "街道": "township",
    "村社区": "village",
    "村": "village",
    "社区": "village",
}
_WORD = re.compile(rf"({'|'.join(sorted(LEVEL_WORDS, key=len, reverse=True))})(级?)")

#: Words for posts beside those in the table of posts: kind and system, "" where the word says neither.
WORDS = {
    "第一总河长": ("general_chief", "river"),
    "总河湖长": ("general_chief", "river"),
    "总河(湖)长": ("general_chief", "river"),
    "副总河湖长": ("deputy_general_chief", "river"),
    "常务副总河长": ("deputy_general_chief", "river"),
    "湖长": ("chief", "river"),
    "河湖长": ("chief", "river"),
    "河(湖)长": ("chief", "river"),
    "河段长": ("chief", "river"),
    "渠长": ("chief", "river"),
    "副河湖长": ("deputy_chief", "river"),
    "副湖长": ("deputy_chief", "river"),
    "河长制办公室主任": ("office_director", "river"),
    "河湖长办主任": ("office_director", "river"),
    "河长制办公室工作人员": ("clerk", "river"),
    "河长办成员": ("clerk", "river"),
    "河湖警长": ("police", "river"),
    "警长": ("police", ""),
    "护河员": ("patroller", "river"),
    "河道巡查员": ("patroller", "river"),
    "河管员": ("patroller", "river"),
    "总林(草)长": ("general_chief", "forest"),
    "林草长": ("chief", "forest"),
    "林(草)长": ("chief", "forest"),
    "副林(草)长": ("deputy_chief", "forest"),
    "林长制办公室主任": ("office_director", "forest"),
    "林长制办公室工作人员": ("clerk", "forest"),
    "林长办成员": ("clerk", "forest"),
    "生态护林员": ("ranger", "forest"),
    "专职护林员": ("ranger", "forest"),
    "联络员": ("liaison", ""),
    "总长": ("general_chief", ""),
    "chief": ("chief", ""),
    "ranger": ("ranger", "forest"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a cell says of a post: kind and system as far as it does, and the level."""

    kind: str = ""
    system: str = ""
    level: str = ""


def level_in(text: str) -> tuple[str, str]:
    """The level a text begins with, and the rest of it; "" for none.

    >>> level_in("村级河长"), level_in("县级总河长"), level_in("河长"), level_in("township")
    (('village', '河长'), ('county', '总河长'), ('', '河长'), ('township', ''))
    """
    if text.lower() in LEVELS:
        return text.lower(), ""
    found = _WORD.match(text)
    if found is None:
        return "", text
    return LEVEL_WORDS[found[1]], text[found.end() :]


class PostBook:
    """The posts that may be meant at a place: those for everywhere, and those with a local name."""

    def __init__(self, posts: Iterable[Post]) -> None:
        self.posts = list(posts)
        self.words = dict(WORDS)
        self.called: dict[str, list[Post]] = {}
        for post in self.posts:
            for name in {post.code, plain(post.name), post.name_en.lower()} - {""}:
                self.called.setdefault(name, []).append(post)
            _level, base = level_in(plain(post.name))
            self.words.setdefault(base, (post.kind, "" if post.system == "both" else post.system))

    def said_in(self, given: str) -> Said | None:
        """What a cell says of a post; None when it holds no word of the two systems."""
        text = re.sub(r"\((兼|兼任|代)\)$", "", plain(given))
        level, base = level_in(text)
        if base in self.words:
            kind, system = self.words[base]
            return Said(kind, system, level)
        if text in self.words:  # 社区网格员 begins like a level and is a word of its own
            kind, system = self.words[text]
            return Said(kind, system, "")
        return Said(level=level) if level and not base else None

    def named(self, given: str, above: Sequence[str]) -> Post | None:
        """The post of that very code or name, the nearest local one first; ``above``: codes from the top."""
        found = self.called.get(plain(given)) or self.called.get(plain(given).lower())
        return self._nearest(found or [], above)

    def find(self, said: Said, above: Sequence[str]) -> Post:
        """The post of a kind, system and level. Unfit when there is none."""
        found = [
            post
            for post in self.posts
            if post.kind == said.kind and post.level == said.level and post.system in (said.system, "both")
        ]
        best = self._nearest(found, above)
        if best is None:
            raise Unfit(_("There is no such post at this level."))
        return best

    def suggestion(self, given: str) -> str:
        """The name that looks most like what was written; "" when none does."""
        names = [word for word in self.called if not word.isascii()] + [w for w in self.words if len(w) > 1]
        close = difflib.get_close_matches(plain(given), names, 1, 0.6)
        return close[0] if close else ""

    @staticmethod
    def _nearest(posts: Sequence[Post], above: Sequence[str]) -> Post | None:
        """A local name of the nearest division above, before the one for everywhere."""
        rank = {code: depth for depth, code in enumerate(above)}
        fit = [post for post in posts if post.division_id is None or post.division_id in rank]
        return max(fit, key=lambda post: rank.get(post.division_id or "", -1), default=None)


def said_in(book: PostBook, post: str, level: str) -> tuple[Said, Text | None]:
    """What the cells for post and level say together, and a remark when the post's own word says nothing.

    Sheets have 职务 "镇党委书记" beside 河长级别 "镇级河长": then the level's words are the post. Unfit when
    neither names one of the two systems.
    """
    from_post = book.said_in(post) if post else None
    from_level = book.said_in(level) if level else None
    if level and from_level is None:
        raise Unfit(
            _("“%(given)s” is no level; write one of: %(levels)s."), given=level, levels="县级、乡镇级、村级"
        )
    if from_post is not None and from_post.kind:
        level_word = from_post.level or (from_level.level if from_level else "")
        system = from_post.system or (from_level.system if from_level else "")
        return Said(from_post.kind, system, level_word), None
    if from_level is None:
        raise _unknown(book, post)
    remark = None
    if post:
        remark = Text(_("“%(post)s” is no post of the two systems; the level says which."), {"post": post})
    return Said(from_level.kind or "chief", from_level.system, from_level.level), remark


def _unknown(book: PostBook, given: str) -> Unfit:
    close = book.suggestion(given)
    if close:
        return Unfit(
            _("There is no post “%(given)s”; did you mean %(close)s?"), given=given.strip(), close=close
        )
    return Unfit(
        _("There is no post “%(given)s”; write for example %(example)s, or fill in the level."),
        given=given.strip(),
        example="村级河长",
    )
