from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "kimppa.doors.api"
    label = "api"
