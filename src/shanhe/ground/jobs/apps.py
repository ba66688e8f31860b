from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "shanhe.ground.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Every app's ``tasks.py`` says which kinds of jobs it does."""
        from django.utils.module_loading import autodiscover_modules

        autodiscover_modules("tasks")
