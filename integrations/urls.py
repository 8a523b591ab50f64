from django.urls import path

from integrations import views

app_name = "integrations"
RUN = "imports/<uuid:public_id>/"
urlpatterns = [
    path("imports/", views.import_list, name="import_list"),
    path("imports/new/", views.import_create, name="import_create"),
    path(RUN, views.import_detail, name="import_detail"),
    path(f"{RUN}apply/", views.import_apply, name="import_apply"),
    path(f"{RUN}undo/", views.import_undo, name="import_undo"),
]
