from django.apps import AppConfig


class InvoicingConfig(AppConfig):
    name = "kimppa.consortium.invoicing"
    label = "invoicing"
    default_auto_field = "django.db.models.BigAutoField"
