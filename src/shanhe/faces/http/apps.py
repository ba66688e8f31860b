from django.apps import AppConfig


class HttpConfig(AppConfig):
    name = "shanhe.faces.http"
    label = "faces_http"
