from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class StudentsConfig(AppConfig):
    name = "students"
    verbose_name = _("Students")

    def ready(self):
        from allauth.account.signals import email_confirmed
        from django.contrib.auth.signals import user_logged_in

        from accounts.operations import deactivated
        from courses import hooks
        from scheduling import hooks as copying
        from scheduling.queries.busy import register_provider
        from students import operations
        from students.emails import register_events
        from students.operations import copies, restoring
        from students.queries import consequences
        from students.queries.registration import class_times
        from students.queries.restoring import of_restored_section
        from students.queries.roster import has_seat, takes_part
        from students.queries.seats import seats_of

        register_events()
        email_confirmed.connect(operations.confirmed, dispatch_uid="students.confirmed")
        user_logged_in.connect(operations.confirmed, dispatch_uid="students.signed_in")
        if operations.seats_changed not in hooks.seats_changed:
            hooks.seat_takers.append(operations.seat_takers)
            hooks.seats_changed.append(operations.seats_changed)
        if operations.person_deactivated not in deactivated:
            deactivated.append(operations.person_deactivated)
        register_provider(class_times)
        if takes_part not in hooks.takes_part:
            hooks.takes_part.append(takes_part)
        if has_seat not in hooks.is_seated:
            hooks.is_seated.append(has_seat)
        if seats_of not in hooks.seats_of:
            hooks.seats_of.append(seats_of)
        if operations.section_cancelled not in hooks.section_cancelled:
            hooks.section_cancelled.append(operations.section_cancelled)
        if consequences.of_cancelled_section not in hooks.cancel_consequences:
            hooks.cancel_consequences.append(consequences.of_cancelled_section)
        if copies.sections_copied not in copying.sections_copied:
            copying.also_copied.append(copies.also_copied)
            copying.sections_copied.append(copies.sections_copied)
            copying.copies_undone.append(copies.copies_undone)
        if restoring.section_restored not in hooks.section_restored:
            hooks.restore_locks.append(restoring.restore_locks)
            hooks.section_restored.append(restoring.section_restored)
            hooks.restore_consequences.append(of_restored_section)
