from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "shanhe.ground.audit"
    label = "audit"
