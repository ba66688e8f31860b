from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "shanhe.faces.portal"
    label = "faces_portal"
