"""Puts the staff's site in the place of Django's admin site."""

from django.contrib.admin.apps import AdminConfig


class StaffConfig(AdminConfig):
    default = False
    default_site = "policyops.admin.PolicyOpsSite"
