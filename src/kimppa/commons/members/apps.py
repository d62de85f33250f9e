from django.apps import AppConfig


class MembersConfig(AppConfig):
    name = "kimppa.commons.members"
    label = "members"
    default_auto_field = "django.db.models.BigAutoField"
