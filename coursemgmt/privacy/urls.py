from django.urls import URLPattern, URLResolver, path

from coursemgmt.privacy import views

app_name = "privacy"
urlpatterns: list[URLPattern | URLResolver] = [
    path("profile/data/", views.my_data, name="my_data"),
    path("profile/data/copy/", views.copy_ask, name="copy_ask"),
    path("profile/data/copy/<uuid:public_id>/", views.copy_fetch, name="copy_fetch"),
    path("profile/data/erase/", views.erase_me, name="erase_me"),
    path("profile/data/withdraw/<uuid:public_id>/", views.withdraw, name="withdraw"),
    path("data-requests/", views.request_list, name="request_list"),
    path("data-requests/find/", views.person_find, name="person_find"),
    path("data-requests/<uuid:public_id>/", views.request_detail, name="request_detail"),
    path("data-requests/<uuid:public_id>/approve/", views.request_approve, name="request_approve"),
    path("data-requests/<uuid:public_id>/refuse/", views.request_refuse, name="request_refuse"),
    path("people/<uuid:public_id>/erase/", views.person_erase, name="person_erase"),
]
