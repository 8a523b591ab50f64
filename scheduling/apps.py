from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = _("Scheduling")

    def ready(self) -> None:
        from scheduling.queries import busy

        busy.register_describer("meeting", busy.describe_meetings)
        busy.register_describer("exam", busy.describe_meetings)
