from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "kimppa.doors.backoffice"
    label = "backoffice"
    default_auto_field = "django.db.models.BigAutoField"
