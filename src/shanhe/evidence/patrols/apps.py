from django.apps import AppConfig


class PatrolsConfig(AppConfig):
    name = "shanhe.evidence.patrols"
    label = "patrols"

    def ready(self) -> None:
        # They register what others ask for by name: counters, what changes hands, and who reads files.
        from shanhe.evidence.patrols import counters, handovers, readers  # noqa: F401
