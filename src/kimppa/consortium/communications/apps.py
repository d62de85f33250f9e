from django.apps import AppConfig


class CommunicationsConfig(AppConfig):
    name = "kimppa.consortium.communications"
    label = "communications"
    default_auto_field = "django.db.models.BigAutoField"
