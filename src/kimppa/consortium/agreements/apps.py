from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "kimppa.consortium.agreements"
    label = "agreements"
    default_auto_field = "django.db.models.BigAutoField"
