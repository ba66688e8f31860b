from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "shanhe.ground.documents"
    label = "documents"
