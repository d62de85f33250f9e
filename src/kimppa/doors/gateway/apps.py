from django.apps import AppConfig


class GatewayConfig(AppConfig):
    name = "kimppa.doors.gateway"
    label = "gateway"
