from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "shanhe.ground.registry"
    label = "registry"

    def ready(self) -> None:
        # Says what of the registry changes hands in a handover.
        from shanhe.ground.registry import handovers  # noqa: F401
