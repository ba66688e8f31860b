from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "shanhe.ground.jobs"
    label = "jobs"
