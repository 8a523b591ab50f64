from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoursemgmtConfig(AppConfig):
    name = "coursemgmt"
    verbose_name = _("Course management")

    def ready(self) -> None:
        from coursemgmt import checks  # noqa: F401 (registers itself)
        from coursemgmt.privacy.emails import register_events  # models are there only now

        register_events()
