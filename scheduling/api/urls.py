from rest_framework.routers import SimpleRouter

from scheduling.api import views

router = SimpleRouter(use_regex_path=False)
router.register("buildings", views.BuildingViewSet)
router.register("rooms", views.RoomViewSet)
router.register("closures", views.ClosureViewSet)
urlpatterns = router.urls
