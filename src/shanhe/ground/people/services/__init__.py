"""Writes about people: register, remits, appointments, accounts, tokens."""

from shanhe.ground.people.services.accounts import (
    language_choose,
    one_time_password,
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
from shanhe.ground.people.services.enlisting import Enlisted, Wanted, person_appoint, person_enlist
from shanhe.ground.people.services.permission import is_above
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
    "Enlisted",
    "Issued",
    "Purged",
    "Wanted",
    "appointment_correct",
    "appointment_end",
    "appointment_make",
    "is_above",
    "language_choose",
    "one_time_password",
    "organization_register",
    "password_change",
    "password_reset",
    "person_appoint",
    "person_change",
    "person_enlist",
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
