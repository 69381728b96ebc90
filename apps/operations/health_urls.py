from django.urls import path

from apps.core.admin import PUBLIC
from apps.core.admin.site import declare

from . import health

urlpatterns = [
    path("live", declare(health.live, PUBLIC), name="health-live"),
    path("ready", declare(health.ready, PUBLIC), name="health-ready"),
]
