from django.urls import path

from scheduling import views

app_name = "scheduling"
urlpatterns = [
    path("rooms/", views.room_list, name="room_list"),
    path("rooms/<uuid:public_id>/", views.room_week, name="room_week"),
    path("clashes/", views.clash_list, name="clash_list"),
]
