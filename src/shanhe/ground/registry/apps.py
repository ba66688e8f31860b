from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "shanhe.ground.registry"
    label = "registry"
