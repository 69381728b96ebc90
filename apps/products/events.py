from django.utils.translation import gettext_lazy as _

from apps.audit.events import declare

VERSION_LOADED = declare(
    "product.version_loaded",
    "products.productversion",
    _("Version {version} of product {code} was loaded, in force from {effective_on}."),
)
