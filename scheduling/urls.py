from django.urls import path

from scheduling.views import clashes, closures, meetings, rollovers, rooms, weeks

app_name = "scheduling"
urlpatterns = [
    path("buildings/", rooms.building_list, name="building_list"),
    path("buildings/new/", rooms.building_form, name="building_create"),
    path("buildings/<uuid:public_id>/edit/", rooms.building_form, name="building_edit"),
    path("rooms/", rooms.room_list, name="room_list"),
    path("rooms/new/", rooms.room_form, name="room_create"),
    path("rooms/<uuid:public_id>/", weeks.room_week, name="room_week"),
    path("rooms/<uuid:public_id>/edit/", rooms.room_form, name="room_edit"),
    path("rooms/<uuid:public_id>/retire/", rooms.room_retire, name="room_retire"),
    path("closures/", closures.closure_list, name="closure_list"),
    path("closures/new/", closures.closure_form, name="closure_create"),
    path("closures/<uuid:public_id>/move/", closures.closure_form, name="closure_move"),
    path("closures/<uuid:public_id>/remove/", closures.closure_remove, name="closure_remove"),
    path("sections/<uuid:public_id>/meetings/", meetings.section_meetings, name="section_meetings"),
    path("sections/<uuid:public_id>/meetings/new/", meetings.pattern_create, name="pattern_create"),
    path("meeting-patterns/<uuid:public_id>/edit/", meetings.pattern_edit, name="pattern_edit"),
    path("meeting-patterns/<uuid:public_id>/end/", meetings.pattern_end, name="pattern_end"),
    path("meetings/<uuid:public_id>/move/", meetings.meeting_move, name="meeting_move"),
    path("meetings/<uuid:public_id>/cancel/", meetings.meeting_cancel, name="meeting_cancel"),
    path("classes/<uuid:public_id>/week/", weeks.section_week, name="section_week"),
    path("instructors/<uuid:public_id>/week/", weeks.instructor_week, name="instructor_week"),
    path("clashes/", clashes.clash_list, name="clash_list"),
    path("clashes/<uuid:public_id>/", clashes.clash_accept, name="clash_accept"),
    path("rollovers/", rollovers.rollover_list, name="rollover_list"),
    path("rollovers/new/", rollovers.rollover_create, name="rollover_create"),
    path("rollovers/<uuid:public_id>/", rollovers.rollover_detail, name="rollover_detail"),
    path("rollovers/<uuid:public_id>/apply/", rollovers.rollover_apply, name="rollover_apply"),
    path("rollovers/<uuid:public_id>/undo/", rollovers.rollover_undo, name="rollover_undo"),
]
