from django.apps import AppConfig


class WorkplanConfig(AppConfig):
    name = "kimppa.consortium.workplan"
    label = "workplan"
    default_auto_field = "django.db.models.BigAutoField"
