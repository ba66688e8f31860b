from django.apps import AppConfig


class PatrolsConfig(AppConfig):
    name = "shanhe.evidence.patrols"
    label = "patrols"

    def ready(self) -> None:
        # They register what others ask for by name: counters, handovers, holds of deletions, readers.
        from shanhe.evidence.patrols import counters, handovers, holds, readers  # noqa: F401
