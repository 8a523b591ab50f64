from django.urls import path
from rest_framework.routers import SimpleRouter

from scheduling.api import rollovers, views, weeks

router = SimpleRouter(use_regex_path=False)
router.register("buildings", views.BuildingViewSet, basename="api_building")
router.register("rooms", views.RoomViewSet, basename="api_room")
router.register("closures", views.ClosureViewSet, basename="api_closure")
router.register("patterns", views.PatternViewSet, basename="api_pattern")
router.register("meetings", views.MeetingViewSet, basename="api_meeting")
router.register("rollovers", rollovers.RolloverViewSet, basename="api_rollover")
urlpatterns = [
    path("rooms/<uuid:public_id>/timetable/", weeks.RoomTimetable.as_view(), name="api_room_timetable"),
    path("sections/<uuid:public_id>/timetable/", weeks.SectionTimetable.as_view(), name="api_section_timetable"),
    path("people/<uuid:public_id>/timetable/", weeks.PersonTimetable.as_view(), name="api_person_timetable"),
    path("clashes/", weeks.ClashList.as_view(), name="api_clash_list"),
    path("clashes/accept/", weeks.ClashAccept.as_view(), name="api_clash_accept"),
    *router.urls,
]
