"""The catalogue in the admin: facts are written by the same deeds as on the pages, states change by actions."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Prefetch
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError
from core.lookups import ShownLookups
from courses import operations
from courses.forms.deeds import (
    CombinedCapacityDeedForm,
    CourseDeedForm,
    RequirementDeedForm,
    SectionDeedForm,
    SubjectDeedForm,
    TeacherDeedForm,
    TermDeedForm,
)
from courses.models import Course, CrossListGroup, Requirement, Section, SectionInstructor, Subject, Term
from courses.policies import can_edit_catalog, can_edit_sections, can_edit_terms
from courses.queries import course_codes, requirement_words


class Lookup(AutocompleteSelect):
    """The search box of a related row; what is no key, in the address or in a form, chooses nothing."""

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        return super().optgroups(name, [key for key in value if str(key).isdecimal()], attrs)


class DeedAdmin(ShownLookups, admin.ModelAdmin):
    """Rows of which each field is written by a deed; nothing is deleted. `fixed` fields are given once."""

    policy: Callable[[Any], bool]
    fixed: list[str] = []
    show_full_result_count = False

    def _may(self, request: Any) -> bool:
        return type(self).policy(request.user)

    def has_module_permission(self, request: Any) -> bool:
        return self._may(request)

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return self._may(request)

    def has_add_permission(self, request: Any) -> bool:
        return self._may(request)

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:
        return self._may(request)

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: Any, obj: Any = None) -> list[str]:
        always = list(self.readonly_fields)
        return [*self.fixed, *always] if obj else always

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.by = request.user
        return form

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = Lookup(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        obj.__dict__.update(form.do().__dict__)

    def each(self, request: Any, queryset: Any, deed: Callable[[Any], Any]) -> None:
        """Do the deed for each row by itself and say of each whether it was refused and why."""
        for row in queryset:
            try:
                deed(row)
            except DomainError as exc:
                self.message_user(request, f"{row}: {exc}", messages.ERROR)
            else:
                self.message_user(request, _("%(row)s: done.") % {"row": row}, messages.SUCCESS)


@admin.register(Term)
class TermAdmin(DeedAdmin):
    policy = can_edit_terms
    form = TermDeedForm
    list_display = ["code", "name", "kind", "parent", "start_date", "end_date", "is_published"]
    list_filter = ["kind", "is_published"]
    list_select_related = ["parent"]
    search_fields = ["code", "name"]


@admin.register(Subject)
class SubjectAdmin(DeedAdmin):
    policy = can_edit_catalog
    form = SubjectDeedForm
    list_display = ["code", "name"]
    search_fields = ["code", "name"]


@admin.register(Course)
class CourseAdmin(DeedAdmin):
    policy = can_edit_catalog
    form = CourseDeedForm
    list_display = ["code", "title", "credit_hours_min", "credit_hours_max", "status"]
    list_filter = ["status", "subject"]
    list_select_related = ["subject"]
    search_fields = ["subject__code", "number", "title"]
    readonly_fields = ["status"]
    actions = ["publish", "archive", "restore"]

    @admin.action(description=_("Publish"), permissions=["change"])
    def publish(self, request: Any, queryset: Any) -> None:
        self.each(request, queryset, lambda course: operations.publish_course(course, by=request.user))

    @admin.action(description=_("Archive"), permissions=["change"])
    def archive(self, request: Any, queryset: Any) -> None:
        self.each(request, queryset, lambda course: operations.archive_course(course, by=request.user))

    @admin.action(description=_("Restore"), permissions=["change"])
    def restore(self, request: Any, queryset: Any) -> None:
        self.each(request, queryset, lambda course: operations.restore_course(course, by=request.user))


@admin.register(Section)
class SectionAdmin(DeedAdmin):
    policy = can_edit_sections
    form = SectionDeedForm
    fixed = ["course", "term"]
    list_display = ["__str__", "name", "term", "crn", "capacity", "status"]
    list_filter = ["status", "instructional_method", "term"]
    list_select_related = ["course__subject", "term"]
    search_fields = ["crn", "course__subject__code", "course__number", "course__title", "title"]
    autocomplete_fields = ["course", "term"]
    readonly_fields = ["status", "cross_list_group"]
    actions = ["open", "close", "complete", "cancel", "cross_list", "end_cross_list", "restore", "copy_to_term"]

    @admin.action(description=_("Open for registration"), permissions=["change"])
    def open(self, request: Any, queryset: Any) -> None:
        self.each(request, queryset, lambda section: operations.open_section(section, by=request.user))

    @admin.action(description=_("Close for registration"), permissions=["change"])
    def close(self, request: Any, queryset: Any) -> None:
        self.each(request, queryset, lambda section: operations.close_section(section, by=request.user))

    @admin.action(description=_("Complete"), permissions=["change"])
    def complete(self, request: Any, queryset: Any) -> None:
        self.each(request, queryset, lambda section: operations.complete_section(section, by=request.user))

    @admin.action(description=_("Cancel, and tell those who teach and take it"), permissions=["change"])
    def cancel(self, request: Any, queryset: Any) -> None:
        self.each(request, queryset, lambda section: operations.cancel_section(section, by=request.user))

    @admin.action(description=_("Restore, and tell those who taught and took it"), permissions=["change"])
    def restore(self, request: Any, queryset: Any) -> None:
        self.each(request, queryset, lambda section: operations.restore_section(section, by=request.user))

    @admin.action(description=_("Make the chosen sections one class"), permissions=["change"])
    def cross_list(self, request: Any, queryset: Any) -> None:
        try:
            operations.cross_list(queryset, by=request.user)
        except DomainError as exc:
            self.message_user(request, str(exc), messages.ERROR)
        else:
            self.message_user(request, _("The sections are one class."), messages.SUCCESS)

    @admin.action(description=_("Take out of a class of several sections"), permissions=["change"])
    def end_cross_list(self, request: Any, queryset: Any) -> None:
        self.each(request, queryset, lambda section: operations.end_cross_list(section, by=request.user))

    @admin.action(description=_("Copy to another term"), permissions=["change"])
    def copy_to_term(self, request: Any, queryset: Any) -> Any:
        """Lead to the page that looks at them first; it stands in an app to the right."""
        rows = list(queryset.select_related("term"))
        terms = {section.term for section in rows}
        if len(terms) != 1:
            self.message_user(request, _("Choose sections of one term."), messages.ERROR)
            return None
        chosen = [("source", terms.pop().code), *(("section", str(section.public_id)) for section in rows)]
        return redirect(f"{reverse('scheduling:rollover_create')}?{urlencode(chosen)}")


@admin.register(SectionInstructor)
class SectionInstructorAdmin(DeedAdmin):
    policy = can_edit_sections
    form = TeacherDeedForm
    fixed = ["section", "instructor"]
    list_display = ["instructor", "section", "term", "role", "is_primary"]
    list_filter = ["role", "is_primary"]
    list_select_related = ["instructor", "section__course__subject", "section__term"]
    search_fields = ["section__crn", "instructor__email", "instructor__family_name", "instructor__given_name"]
    autocomplete_fields = ["section", "instructor"]
    ordering = ["-pk"]
    actions = ["take_out"]

    @admin.display(description=_("term"))
    def term(self, row: SectionInstructor) -> Term:
        return row.section.term

    @admin.action(description=_("Take out of the section"), permissions=["change"])
    def take_out(self, request: Any, queryset: Any) -> None:
        self.each(request, queryset, lambda row: _without(row, request.user))


def _without(row: SectionInstructor, by: Any) -> None:
    others = row.section.section_instructors.exclude(pk=row.pk).select_related("instructor")
    people = [(other.instructor, other.role, other.is_primary) for other in others]
    operations.set_instructors(row.section, people, by=by)


@admin.register(Requirement)
class RequirementAdmin(DeedAdmin):
    policy = can_edit_catalog
    form = RequirementDeedForm
    fixed = ["course", "section", "kind"]
    list_display = ["target", "kind", "words"]
    list_filter = ["kind"]
    list_select_related = ["course__subject", "section__course__subject"]
    search_fields = ["course__subject__code", "course__number", "section__crn"]
    autocomplete_fields = ["course", "section"]
    ordering = ["-pk"]
    actions = ["remove"]

    def get_changelist_instance(self, request: Any) -> Any:
        # The courses of all rows of the page are named by one query.
        found = super().get_changelist_instance(request)
        found.result_list = list(found.result_list)
        codes = course_codes(found.result_list)
        for row in found.result_list:
            row.said = requirement_words(row.expression, codes)
        return found

    @admin.display(description=_("of"))
    def target(self, row: Requirement) -> Course | Section | None:
        return row.course or row.section

    @admin.display(description=_("asks for"))
    def words(self, row: Requirement) -> str:
        return row.said

    @admin.action(description=_("Remove"), permissions=["change"])
    def remove(self, request: Any, queryset: Any) -> None:
        self.each(request, queryset, lambda row: _removed(row, request.user))


def _removed(row: Requirement, by: Any) -> None:
    target: Any = row.course or row.section
    operations.set_requirement(target, None, by=by, kind=row.kind)


@admin.register(CrossListGroup)
class CrossListGroupAdmin(DeedAdmin):
    """Sections come together and part by the actions of the sections."""

    policy = can_edit_sections
    form = CombinedCapacityDeedForm
    list_display = ["members", "term", "capacity"]
    list_filter = ["term"]
    list_select_related = ["term"]
    search_fields = ["sections__crn", "sections__course__number"]
    readonly_fields = ["term", "members"]
    ordering = ["-pk"]

    def has_add_permission(self, request: Any) -> bool:
        return False

    def get_queryset(self, request: Any) -> Any:
        sections = Section.objects.select_related("course__subject")
        return super().get_queryset(request).prefetch_related(Prefetch("sections", queryset=sections))

    @admin.display(description=_("sections"))
    def members(self, row: CrossListGroup) -> str:
        return ", ".join(f"{section} ({section.crn})" for section in row.sections.all())
