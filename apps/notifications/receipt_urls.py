from django.urls import path

from apps.core.admin import PUBLIC
from apps.core.admin.site import declare

from . import doors

urlpatterns = [path("<slug:channel>", declare(doors.receipts, PUBLIC), name="receipts")]
