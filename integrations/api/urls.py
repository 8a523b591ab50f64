from rest_framework.routers import SimpleRouter

from integrations.api import views

router = SimpleRouter(use_regex_path=False)
router.register("imports", views.ImportRunViewSet, basename="api_import")
urlpatterns = router.urls
