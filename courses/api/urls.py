from django.urls import URLPattern, URLResolver
from rest_framework.routers import SimpleRouter

from courses.api import views

router = SimpleRouter(use_regex_path=False)
router.register("terms", views.TermViewSet, basename="api_term")
router.register("subjects", views.SubjectViewSet, basename="api_subject")
router.register("courses", views.CourseViewSet, basename="api_course")
router.register("sections", views.SectionViewSet, basename="api_section")

urlpatterns: list[URLPattern | URLResolver] = [*router.urls]
