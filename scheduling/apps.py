from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SchedulingConfig(AppConfig):
    name = "scheduling"
    verbose_name = _("Scheduling")

    def ready(self) -> None:
        from courses import hooks
        from scheduling import operations
        from scheduling.operations import restoring
        from scheduling.queries import busy, consequences
        from scheduling.queries.restoring import of_restored_section

        busy.register_describer("meeting", busy.describe_meetings)
        busy.register_describer("exam", busy.describe_meetings)
        if operations.section_cancelled not in hooks.section_cancelled:
            hooks.section_cancelled.append(operations.section_cancelled)
        if consequences.of_cancelled_section not in hooks.cancel_consequences:
            hooks.cancel_consequences.append(consequences.of_cancelled_section)
        if restoring.section_restored not in hooks.section_restored:
            hooks.restore_locks.append(restoring.restore_locks)
            hooks.section_restored.append(restoring.section_restored)
            hooks.restore_consequences.append(of_restored_section)
