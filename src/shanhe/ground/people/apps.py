from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "shanhe.ground.people"
    label = "people"
