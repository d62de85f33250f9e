from django.apps import AppConfig


class MembershipConfig(AppConfig):
    name = "kimppa.joint.membership"
    label = "membership"
