"""The product's addresses, and one page that says who is signed in."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from policyops.urls import urlpatterns as product


def who(request: HttpRequest) -> HttpResponse:
    return HttpResponse(str(request.user.pk or ""))


urlpatterns = [path("who/", who), *product]
