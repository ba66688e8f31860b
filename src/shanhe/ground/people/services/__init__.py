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
    appointment_cancel,
    appointment_correct,
    appointment_end,
    appointment_make,
    appointment_reopen,
)
from shanhe.ground.people.services.codes import (
    CODE_LIFE,
    Made,
    codes_purge,
    sign_in_code_make,
    sign_in_code_revoke,
    sign_in_code_use,
)
from shanhe.ground.people.services.enlisting import Enlisted, Wanted, person_appoint, person_enlist
from shanhe.ground.people.services.handovers import (
    handover_attest,
    handover_confirm,
    handover_make,
    handover_refuse,
    handover_withdraw,
    list_digest,
)
from shanhe.ground.people.services.handovers_together import Succession, handovers_check, handovers_make
from shanhe.ground.people.services.leaves import leave_end, leave_plan
from shanhe.ground.people.services.permission import is_above
from shanhe.ground.people.services.phone_codes import (
    PHONE_CODE_LIFE,
    Asked,
    Proven,
    phone_code_ask,
    phone_code_use,
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
    "CODE_LIFE",
    "PHONE_CODE_LIFE",
    "Asked",
    "Enlisted",
    "Issued",
    "Made",
    "Proven",
    "Purged",
    "Succession",
    "Wanted",
    "appointment_cancel",
    "appointment_correct",
    "appointment_end",
    "appointment_make",
    "appointment_reopen",
    "codes_purge",
    "handover_attest",
    "handover_confirm",
    "handover_make",
    "handover_refuse",
    "handover_withdraw",
    "handovers_check",
    "handovers_make",
    "is_above",
    "language_choose",
    "leave_end",
    "leave_plan",
    "list_digest",
    "one_time_password",
    "organization_register",
    "password_change",
    "password_reset",
    "person_appoint",
    "person_change",
    "person_enlist",
    "person_register",
    "phone_code_ask",
    "phone_code_use",
    "post_define",
    "posts_load",
    "purge_simulated",
    "remit_of_areas",
    "remit_of_division",
    "remit_zone",
    "sign_in_code_make",
    "sign_in_code_revoke",
    "sign_in_code_use",
    "token_end",
    "token_issue",
    "token_revoke",
    "token_user",
    "tokens_purge",
    "user_close",
    "user_open",
    "user_reopen",
]
