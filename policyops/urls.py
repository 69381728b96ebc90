"""Every door has its address here; every route names the permission it needs (P45)."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from apps.core.admin import PUBLIC
from apps.core.admin.site import declare
from apps.core.api import pages as developers
from apps.operations.metrics import metrics

urlpatterns = [
    path("", declare(RedirectView.as_view(pattern_name="admin:index"), PUBLIC), name="home"),
    path("language/", declare(set_language, PUBLIC), name="set_language"),
    path("health/", include("apps.operations.health_urls")),
    path("receipts/", include("apps.notifications.receipt_urls")),
    path("metrics", declare(metrics, PUBLIC), name="metrics"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("policyops.api")),
    path("api/docs", declare(developers.browser, PUBLIC), name="api_docs"),
    path("api/openapi.json", declare(developers.document, PUBLIC), name="api_document"),
    path("errors/", declare(developers.problems, PUBLIC), name="api_problems"),
    path("errors/<slug:code>", declare(developers.problem, PUBLIC), name="api_problem"),
]

handler400 = "policyops.errors.bad_request"
handler403 = "policyops.errors.permission_denied"
handler404 = "policyops.errors.not_found"
handler500 = "policyops.errors.server_error"
