from django.apps import AppConfig


class PatrolsConfig(AppConfig):
    name = "shanhe.evidence.patrols"
    label = "patrols"

    def ready(self) -> None:
        from shanhe.evidence.patrols import counters  # noqa: F401  (registers what the floors above may ask)
