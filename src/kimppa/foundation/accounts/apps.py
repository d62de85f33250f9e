from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kimppa.foundation.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
