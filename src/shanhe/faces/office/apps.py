from django.apps import AppConfig


class OfficeConfig(AppConfig):
    name = "shanhe.faces.office"
    label = "faces_office"
