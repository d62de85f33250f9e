from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "kimppa.doors.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """The guards of production are system checks."""
        from kimppa.doors.web import checks  # noqa: F401
