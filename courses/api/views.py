"""The catalogue by script: open to read, changed by the same deeds as the pages."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from accounts.api.idempotency import once
from core.access import Authenticated
from core.errors import NotAllowed
from courses import operations
from courses.api import filters
from courses.api import serializers as s
from courses.models import Course, Section, Subject, Term
from courses.policies import can_describe_section, can_edit_catalog, can_edit_sections, can_edit_terms
from courses.queries import course_codes


class ReadOrSignedIn(Authenticated):
    """Everybody may read what is published; whoever writes is signed in."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return request.method in SAFE_METHODS or super().has_permission(request, view)


class CatalogViewSet(ReadOnlyModelViewSet):
    """Reading, and the frame of the deeds: first who may, then what was sent, then the operation, once for a key."""

    permission_classes = [ReadOrSignedIn]
    lookup_field = "public_id"
    lookup_value_converter = "uuid"
    idempotent = True
    # Who may make and change things here, and the serializers of what is sent.
    policy: Callable[[Any], bool]
    input_class: Any
    row_class: Any = None

    def get_serializer_class(self) -> Any:
        return self.row_class if self.action == "list" and self.row_class else self.serializer_class

    def given(self, serializer_class: Any, partial: bool = False, **context: Any) -> dict[str, Any]:
        data = serializer_class(
            data=self.request.data, partial=partial, context={**self.get_serializer_context(), **context}
        )
        data.is_valid(raise_exception=True)
        return data.validated_data

    def may(self, policy: Callable[..., bool], *about: Any) -> None:
        if not policy(self.request.user, *about):
            raise NotAllowed()

    def answer(self, row: Any, status: int = 200) -> Response:
        fresh = self.get_queryset().get(pk=row.pk)
        body = self.serializer_class(fresh, context=self.get_serializer_context()).data
        return Response(body, status=status)

    def deed(self, request: Request, operation: Callable[..., Any]) -> Response:
        """Do what needs no input to the object of the address."""

        def run() -> Response:
            return self.answer(operation(self.get_object(), by=request.user))

        return once(request, run)


class TermViewSet(CatalogViewSet):
    """Terms with their registration windows."""

    serializer_class = s.TermSerializer
    filterset_class = filters.TermFilter
    keyset = ("-start_date", "pk")
    queryset = Term.objects.none()

    def get_queryset(self) -> QuerySet[Term]:
        return Term.objects.visible_to(self.request.user).select_related("parent")

    @extend_schema(request=s.TermInput, responses={201: s.TermSerializer})
    def create(self, request: Request) -> Response:
        """Make a term."""

        def run() -> Response:
            self.may(can_edit_terms)
            return self.answer(operations.create_term(by=request.user, **self.given(s.TermInput)), 201)

        return once(request, run)

    @extend_schema(request=s.TermInput(partial=True), responses=s.TermSerializer)
    def partial_update(self, request: Request, public_id: Any = None) -> Response:
        """Change the given fields of a term."""
        term = self.get_object()
        self.may(can_edit_terms)
        return self.answer(operations.change_term(term, by=request.user, **self.given(s.TermInput, partial=True)))


class SubjectViewSet(CatalogViewSet):
    """Subjects, under which courses are numbered."""

    serializer_class = s.SubjectSerializer
    filterset_class = filters.SubjectFilter
    keyset = ("code",)
    queryset = Subject.objects.all()

    @extend_schema(request=s.SubjectInput, responses={201: s.SubjectSerializer})
    def create(self, request: Request) -> Response:
        """Make a subject."""

        def run() -> Response:
            self.may(can_edit_catalog)
            return self.answer(operations.create_subject(by=request.user, **self.given(s.SubjectInput)), 201)

        return once(request, run)

    @extend_schema(request=s.SubjectInput(partial=True), responses=s.SubjectSerializer)
    def partial_update(self, request: Request, public_id: Any = None) -> Response:
        """Change code or name of a subject."""
        subject = self.get_object()
        self.may(can_edit_catalog)
        data = self.given(s.SubjectInput, partial=True)
        return self.answer(operations.change_subject(subject, by=request.user, **data))


class CourseViewSet(CatalogViewSet):
    """The catalogue: published courses for everybody, drafts and archived ones for those who keep it."""

    serializer_class = s.CourseSerializer
    row_class = s.CourseRow
    filterset_class = filters.CourseFilter
    keyset = ("sort_key", "pk")
    queryset = Course.objects.none()

    def get_queryset(self) -> QuerySet[Course]:
        return Course.objects.visible_to(self.request.user).select_related("subject")

    @extend_schema(request=s.CourseInput, responses={201: s.CourseSerializer})
    def create(self, request: Request) -> Response:
        """Draft a course."""

        def run() -> Response:
            self.may(can_edit_catalog)
            return self.answer(operations.create_course(by=request.user, **self.given(s.CourseInput)), 201)

        return once(request, run)

    @extend_schema(request=s.CourseInput(partial=True), responses=s.CourseSerializer)
    def partial_update(self, request: Request, public_id: Any = None) -> Response:
        """Change the given fields of a course."""
        course = self.get_object()
        self.may(can_edit_catalog)
        return self.answer(operations.change_course(course, by=request.user, **self.given(s.CourseInput, partial=True)))

    @extend_schema(request=None, responses=s.CourseSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, public_id: Any = None) -> Response:
        """Show a draft to everybody."""
        return self.deed(request, operations.publish_course)

    @extend_schema(request=None, responses=s.CourseSerializer)
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, public_id: Any = None) -> Response:
        """Take a course out of the catalogue."""
        return self.deed(request, operations.archive_course)

    @extend_schema(request=None, responses=s.CourseSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, public_id: Any = None) -> Response:
        """Bring an archived course back: published if it was ever taught, else as a draft."""
        return self.deed(request, operations.restore_course)

    @extend_schema(request=s.RequirementInput, responses=s.CourseSerializer)
    @action(detail=True, methods=["put"])
    def requirements(self, request: Request, public_id: Any = None) -> Response:
        """Replace the requirements of one kind."""
        return _set_requirement(self, request)


def _set_requirement(view: CatalogViewSet, request: Request) -> Response:
    target = view.get_object()
    view.may(can_edit_catalog)
    named = set(course_codes(target.requirements.all()))
    data = view.given(s.RequirementInput, named=named)
    operations.set_requirement(target, data["expression"], by=request.user, kind=data["kind"])
    return view.answer(target)


class SectionViewSet(CatalogViewSet):
    """Sections: what is taught in a term. Planned ones are for staff and those who teach them."""

    serializer_class = s.SectionSerializer
    row_class = s.SectionRow
    filterset_class = filters.SectionFilter
    keyset = ("pk",)
    queryset = Section.objects.none()

    def get_queryset(self) -> QuerySet[Section]:
        found = Section.objects.visible_to(self.request.user)
        found = found.select_related("term", "course__subject", "cross_list_group", "linked_to")
        return found.prefetch_related("section_instructors__instructor")

    @extend_schema(request=s.NewSectionInput, responses={201: s.SectionSerializer})
    def create(self, request: Request) -> Response:
        """Plan a section."""

        def run() -> Response:
            self.may(can_edit_sections)
            data = self.given(s.NewSectionInput)
            course, term = data.pop("course"), data.pop("term")
            return self.answer(operations.create_section(course, term, by=request.user, **data), 201)

        return once(request, run)

    @extend_schema(request=s.SectionFacts(partial=True), responses=s.SectionSerializer)
    def partial_update(self, request: Request, public_id: Any = None) -> Response:
        """Change the given fields of a section. More seats move the line up."""
        section = self.get_object()
        self.may(can_describe_section, section)
        data = self.given(s.SectionFacts, partial=True)
        return self.answer(operations.change_section(section, by=request.user, **data))

    @extend_schema(request=None, responses=s.SectionSerializer)
    @action(detail=True, methods=["post"])
    def open(self, request: Request, public_id: Any = None) -> Response:
        """Open a planned or closed section for registration."""
        return self.deed(request, operations.open_section)

    @extend_schema(request=None, responses=s.SectionSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, public_id: Any = None) -> Response:
        """Take no more registrations."""
        return self.deed(request, operations.close_section)

    @extend_schema(request=None, responses=s.SectionSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, public_id: Any = None) -> Response:
        """End a section that was taught."""
        return self.deed(request, operations.complete_section)

    @extend_schema(request=None, responses=s.SectionSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, public_id: Any = None) -> Response:
        """Cancel a section: its students lose their seats and are told, its coming meetings are cancelled."""
        return self.deed(request, operations.cancel_section)

    @extend_schema(request=None, responses=s.SectionSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, public_id: Any = None) -> Response:
        """Take back that it was cancelled: meetings stand again where their time is free, its students come first."""
        return self.deed(request, operations.restore_section)

    @extend_schema(request=s.RequirementInput, responses=s.SectionSerializer)
    @action(detail=True, methods=["put"])
    def requirements(self, request: Request, public_id: Any = None) -> Response:
        """Replace the requirements of one kind that this section has besides its course."""
        return _set_requirement(self, request)

    @extend_schema(request=s.TeachersInput, responses=s.SectionSerializer)
    @action(detail=True, methods=["put"])
    def instructors(self, request: Request, public_id: Any = None) -> Response:
        """Replace who teaches."""
        section = self.get_object()
        self.may(can_edit_sections)
        rows = self.given(s.TeachersInput)["instructors"]
        people = [(row["id"], row["role"], row["is_primary"]) for row in rows]
        operations.set_instructors(section, people, by=request.user)
        return self.answer(section)

    @extend_schema(methods=["POST"], request=s.CrossListInput, responses=s.SectionSerializer)
    @extend_schema(methods=["PATCH"], request=s.CombinedCapacityInput, responses=s.SectionSerializer)
    @extend_schema(methods=["DELETE"], request=None, responses={200: s.SectionSerializer})
    @action(detail=True, methods=["post", "patch", "delete"], url_path="cross-listing")
    def cross_listing(self, request: Request, public_id: Any = None) -> Response:
        """Make it one class with others, set their seats together, or take it out again."""

        def run() -> Response:
            section = self.get_object()
            self.may(can_edit_sections)
            if request.method == "POST":
                data = self.given(s.CrossListInput)
                rows = [section, *data["sections"]]
                operations.cross_list(rows, by=request.user, capacity=data.get("capacity"))
            elif request.method == "PATCH":
                data = self.given(s.CombinedCapacityInput, partial=True)
                if "capacity" in data:
                    operations.set_combined_capacity(section, by=request.user, capacity=data["capacity"])
            else:
                operations.end_cross_list(section, by=request.user)
            return self.answer(section)

        return once(request, run) if request.method == "POST" else run()
