from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from students.api import grade_views, line_views, plan_views, record_views, request_views, rule_views, views
from students.api.advising_views import AdvisorAssignmentViewSet
from students.api.gate_views import KeyView, PreEnrollmentViewSet, SelfEnrollmentView
from students.api.guardian_views import GuardianshipViewSet

router = SimpleRouter(use_regex_path=False)
router.register("enrollments", views.EnrollmentViewSet, basename="api_enrollment")
router.register("waitlist-entries", views.WaitlistEntryViewSet, basename="api_waitlist_entry")
router.register("grade-items", grade_views.GradeItemViewSet, basename="api_grade_item")
router.register("programs", record_views.ProgramViewSet, basename="api_program")
router.register("students", record_views.StudentViewSet, basename="api_student")
router.register("advisor-assignments", AdvisorAssignmentViewSet, basename="api_advisor_assignment")
router.register("guardianships", GuardianshipViewSet, basename="api_guardianship")
router.register("overrides", record_views.OverrideViewSet, basename="api_override")
router.register("override-requests", request_views.OverrideRequestViewSet, basename="api_override_request")
router.register("holds", rule_views.HoldViewSet, basename="api_hold")
router.register("registration-windows", rule_views.WindowViewSet, basename="api_registration_window")
router.register("restrictions", rule_views.RestrictionViewSet, basename="api_restriction")
router.register("seat-reservations", rule_views.ReservationViewSet, basename="api_seat_reservation")
router.register("pre-enrollments", PreEnrollmentViewSet, basename="api_pre_enrollment")
router.register("classes", views.ClassViewSet, basename="api_class")

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "sections/<uuid:public_id>/registration-check/",
        views.RegistrationCheckView.as_view(),
        name="api_registration_check",
    ),
    path("sections/<uuid:public_id>/self-enrollment/", SelfEnrollmentView.as_view(), name="api_self_enrollment"),
    path("sections/<uuid:public_id>/key/", KeyView.as_view(), name="api_section_key"),
    path("sections/<uuid:public_id>/alternatives/", plan_views.AlternativesView.as_view(), name="api_alternatives"),
    path("sections/<uuid:public_id>/request-seat/", views.RequestSeatView.as_view(), name="api_request_seat"),
    path("sections/<uuid:public_id>/line-ledger/", line_views.LedgerView.as_view(), name="api_section_ledger"),
    path(
        "sections/<uuid:public_id>/roster/",
        record_views.RosterView.as_view({"get": "list"}),
        name="api_roster",
    ),
    path(
        "sections/<uuid:public_id>/final-grades/",
        grade_views.FinalGradeViewSet.as_view({"get": "list", "put": "update"}),
        name="api_final_grades",
    ),
    path(
        "sections/<uuid:public_id>/final-grades/post/",
        grade_views.FinalGradeViewSet.as_view({"post": "post_grades"}),
        name="api_final_grades_post",
    ),
    path(
        "grade-items/<uuid:public_id>/scores/",
        grade_views.ScoreViewSet.as_view({"get": "list", "put": "update"}),
        name="api_scores",
    ),
    path("plans/", plan_views.PlanView.as_view(), name="api_plans"),
    path(
        "sections/<uuid:public_id>/request-approval/", views.RequestApprovalView.as_view(), name="api_request_approval"
    ),
    path("registration/", rule_views.RegistrationView.as_view(), name="api_registration"),
    path("progress/", record_views.ProgressView.as_view(), name="api_progress"),
    *router.urls,
]
