from django.apps import AppConfig


class IncomingConfig(AppConfig):
    name = "shanhe.ground.incoming"
    label = "incoming"

    def ready(self) -> None:
        """What can be brought: kinds of the ground, then those that other apps have in ``incoming.py``."""
        from importlib import import_module

        from django.utils.module_loading import autodiscover_modules

        for module in KINDS:
            import_module(f"shanhe.ground.incoming.{module}")
        autodiscover_modules("incoming")


#: Modules of this app that make kinds known, in the order pages show them.
KINDS = ("kinds_ground", "kinds_divisions", "kinds_people")
