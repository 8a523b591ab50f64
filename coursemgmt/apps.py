from django.apps import AppConfig
from django.contrib.admin import apps as admin
from django.utils.translation import gettext_lazy as _


class CoursemgmtConfig(AppConfig):
    default = True
    name = "coursemgmt"
    verbose_name = _("Course management")

    def ready(self) -> None:
        from coursemgmt import checks  # noqa: F401 (registers itself)
        from coursemgmt.privacy.emails import register_events  # models are there only now

        register_events()


class SiteAdminConfig(admin.AdminConfig):
    default = False
    default_site = "coursemgmt.admin_site.Site"
