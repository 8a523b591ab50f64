from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursemgmtConfig(AppConfig):
    name = "coursemgmt"
    verbose_name = _("Course management")
