from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "shanhe.ground.documents"
    label = "documents"

    def ready(self) -> None:
        # Says who reads the papers of handovers.
        from shanhe.ground.documents import handovers  # noqa: F401
