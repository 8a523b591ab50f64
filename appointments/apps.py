from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AppointmentsConfig(AppConfig):
    name = "appointments"
    verbose_name = _("Appointments")

    def ready(self) -> None:
        from accounts.operations import deactivated
        from appointments import operations
        from appointments.emails import register_events  # models are there only now
        from appointments.queries.busy import describe
        from scheduling.queries.busy import register_describer

        register_events()
        if operations.person_deactivated not in deactivated:
            deactivated.append(operations.person_deactivated)
        register_describer("appointment", describe)
