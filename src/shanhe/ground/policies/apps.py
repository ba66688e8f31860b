from django.apps import AppConfig


class PoliciesConfig(AppConfig):
    name = "shanhe.ground.policies"
    label = "policies"
