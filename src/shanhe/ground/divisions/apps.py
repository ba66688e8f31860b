from django.apps import AppConfig


class DivisionsConfig(AppConfig):
    name = "shanhe.ground.divisions"
    label = "divisions"
