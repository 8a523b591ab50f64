from django.urls import path

from courses import views

app_name = "courses"
urlpatterns = [
    path("courses/", views.course_list, name="course_list"),
    path("courses/<uuid:public_id>/", views.course_detail, name="course_detail"),
    path("sections/", views.section_list, name="section_list"),
    path("teaching/", views.my_sections, name="my_sections"),
]
