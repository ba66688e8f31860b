"""Writes about people: register, remits, appointments, accounts, tokens."""

from shanhe.ground.people.services.accounts import (
    language_choose,
    password_change,
    password_reset,
    user_close,
    user_open,
    user_reopen,
)
from shanhe.ground.people.services.appointments import (
    appointment_correct,
    appointment_end,
    appointment_make,
)
from shanhe.ground.people.services.purge import Purged, purge_simulated
from shanhe.ground.people.services.register import (
    organization_register,
    person_change,
    person_register,
    post_define,
    posts_load,
)
from shanhe.ground.people.services.remits import remit_of_areas, remit_of_division, remit_zone
from shanhe.ground.people.services.tokens import (
    Issued,
    token_end,
    token_issue,
    token_revoke,
    token_user,
    tokens_purge,
)

__all__ = [
    "Issued",
    "Purged",
    "appointment_correct",
    "appointment_end",
    "appointment_make",
    "language_choose",
    "organization_register",
    "password_change",
    "password_reset",
    "person_change",
    "person_register",
    "post_define",
    "posts_load",
    "purge_simulated",
    "remit_of_areas",
    "remit_of_division",
    "remit_zone",
    "token_end",
    "token_issue",
    "token_revoke",
    "token_user",
    "tokens_purge",
    "user_close",
    "user_open",
    "user_reopen",
]
