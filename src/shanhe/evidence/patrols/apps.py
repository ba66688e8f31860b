from django.apps import AppConfig


class PatrolsConfig(AppConfig):
    name = "shanhe.evidence.patrols"
    label = "patrols"

    def ready(self) -> None:
        # Both register what others ask for by name: counters, and who reads files.
        from shanhe.evidence.patrols import counters, readers  # noqa: F401
