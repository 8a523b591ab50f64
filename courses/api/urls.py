from django.urls import URLPattern, URLResolver, path
from rest_framework.routers import SimpleRouter

from courses.api import views
from courses.api.assistants import AssistantViewSet

router = SimpleRouter(use_regex_path=False)
router.register("terms", views.TermViewSet, basename="api_term")
router.register("subjects", views.SubjectViewSet, basename="api_subject")
router.register("courses", views.CourseViewSet, basename="api_course")
router.register("sections", views.SectionViewSet, basename="api_section")

urlpatterns: list[URLPattern | URLResolver] = [
    path(
        "sections/<uuid:public_id>/assistants/",
        AssistantViewSet.as_view({"get": "list", "post": "create"}),
        name="api_assistant-list",
    ),
    path(
        "section-assistants/<uuid:public_id>/",
        AssistantViewSet.as_view({"patch": "partial_update", "delete": "destroy"}),
        name="api_assistant-detail",
    ),
    *router.urls,
]
